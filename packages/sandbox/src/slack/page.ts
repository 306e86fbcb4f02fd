/** The inbox for people: it fetches what is there and follows the stream. No text of a message is ever read as HTML. */
export const inboxPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Slack inbox</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1d1c1d }
  article { border-top: 1px solid #ddd; padding: .75rem 0 }
  time { color: #616061; font-size: 13px }
  p { margin: .25rem 0; white-space: pre-wrap; overflow-wrap: anywhere }
</style>
<h1>Slack inbox</h1>
<p id="empty">No message yet. What is posted to the incoming webhook appears here.</p>
<main aria-live="polite"></main>
<script>
  const main = document.querySelector("main")
  new EventSource("messages/stream").onmessage = ({ data }) => {
    const { at, text } = JSON.parse(data)
    document.getElementById("empty").hidden = true
    const article = document.createElement("article")
    const time = document.createElement("time")
    time.dateTime = at
    time.textContent = new Date(at).toLocaleTimeString()
    const paragraph = document.createElement("p")
    paragraph.textContent = text
    article.append(time, paragraph)
    main.prepend(article)
  }
</script>
</html>
`
