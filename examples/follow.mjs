// Follows a topic over anything that happens to the connection, and prints its pushes, one JSON line each.
//   node examples/follow.mjs http://127.0.0.1:8080 ACCESS_TOKEN post:ID post.view
// Node 22 or later; nothing to install. What it says and hears is explained in docs/protocol.md.
const [address, token, topic, read] = process.argv.slice(2);
const asks = new Map();            // id -> {ask, done}: what was not answered yet is asked again under its id
let at = null;                     // [epoch, number] that we have
let tries = 0, ids = 0, pause = 0, socket, heardAt;
const prefix = Math.random().toString(36).slice(2);

const say = (...messages) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(messages));
const watch = () => say({ type: "watch", id: `w${++ids}`, topic, command: { type: read }, ...(at && { since: at }) });

export function ask(to, command) {
  const one = { type: "ask", id: `${prefix}-${++ids}`, to, command };
  return new Promise((done) => { asks.set(one.id, { one, done }); say(one); });
}

function take(push) {
  if (push.number === 0) return print({ passing: push.message });
  if (push.epoch === at[0] && push.number <= at[1]) return;             // we have it
  if (push.epoch !== at[0] || push.previous !== at[1]) return watch();  // a gap: ask for what is missing
  at = [push.epoch, push.number];
  print({ number: push.number, push: push.message });
}

const hear = {
  welcome: () => { tries = 0; watch(); for (const { one } of asks.values()) say(one); },
  watched(message) {
    if (at === null || message.reset) print({ snapshot: message.snapshot, reset: message.reset });
    if (!message.missed.length) at = [message.epoch, message.number];
    message.missed.forEach(take);                                       // what does not fit follows as pushes
    if (message.id === "") watch();                                     // it lost something: read afresh
  },
  push: take,
  unwatched: (message) => message.code === "watch.again" ? watch() : end(message.code),
  reply(message) { asks.get(message.id)?.done(message.reply); asks.delete(message.id); },
  error(message) {
    const asked = asks.get(message.id);
    if (message.retry) setTimeout(() => (asked ? say(asked.one) : watch()), 1000 * message.after_s);
    else if (asked) { asked.done(message); asks.delete(message.id); } else end(message.code);
  },
  goodbye(message) { pause = 1000 * message.after_s; print({ goodbye: message.cause }); },
};

function connect() {
  socket = new WebSocket(address.replace(/^http/, "ws") + "/ws");
  socket.onopen = () => say({ type: "hello", token, client: "follow.mjs" });
  socket.onmessage = ({ data }) => { heardAt = Date.now(); for (const m of [JSON.parse(data)].flat()) hear[m.type]?.(m); };
  socket.onclose = ({ code }) => {
    if (code >= 4100) end(code === 4100 ? "the token is over: log in and start again with a fresh one" : code);
    setTimeout(connect, pause + Math.random() * Math.min(8_000, 500 * 2 ** tries++));
    pause = 0;
  };
}

const print = (line) => console.log(JSON.stringify(line));
const end = (why) => { print({ ended: why }); process.exit(0); };
setInterval(() => { say({ type: "ping", at: Date.now() }); if (Date.now() - heardAt > 50_000) socket.close(); }, 25_000);
process.stdin.on("data", (text) => ask(topic, { type: "post.comment", text: `${text}`.trim() }).then((reply) => print({ reply })));
connect();
