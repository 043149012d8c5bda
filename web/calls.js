// The server's functions, over Gradio's HTTP interface (the addresses are relative to its <base>).
const PATIENCE = 90_000; // ms until a server that does not answer counts as gone

// Rejects with a Refusal, whose message is the server's own sentence, or with any other error for
// a server that is gone.
class Refusal extends Error {}

async function post(path, sent) {
  const response = await fetch(`gradio_api/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ data: [sent] }),
    signal: AbortSignal.timeout(PATIENCE),
  });
  const reply = await response.json().catch(() => ({}));
  if (response.ok) return reply;
  const limited = response.status === 429 || response.status === 503;
  throw limited && reply.error ? new Refusal(reply.error) : new Error(response.statusText);
}

// For what asks nothing: the answer comes at once.
async function call(name, sent = {}) {
  return (await post(`run/${name}`, sent)).data[0];
}

// A question takes its turn in the queue; its answer comes as a server-sent event.
async function callInTurn(name, sent) {
  const { event_id } = await post(`call/${name}`, sent);
  return new Promise((resolve, reject) => {
    const events = new EventSource(`gradio_api/call/${name}/${event_id}`);
    const late = setTimeout(() => end(reject, new Error("no answer in time")), PATIENCE);
    const end = (settle, value) => {
      clearTimeout(late);
      events.close();
      settle(value);
    };
    events.addEventListener("complete", ({ data }) => end(resolve, JSON.parse(data)[0]));
    // Both what the server reports and what the connection suffers.
    events.addEventListener("error", () => end(reject, new Error("the connection broke")));
  });
}
