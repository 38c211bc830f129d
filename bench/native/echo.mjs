// A peer of the round-trip bench: socket.io. `echo.mjs MODULES serve` acknowledges; `echo.mjs MODULES ask PORT` asks.
import { createRequire } from "node:module";

const [modules, role, port] = process.argv.slice(2);
const load = createRequire(modules + "/");

if (role === "serve") {
  const { Server } = load("socket.io");
  const http = load("node:http").createServer();
  const server = new Server(http, { transports: ["websocket"], perMessageDeflate: false });
  server.on("connection", (socket) => socket.on("op", (op, done) => done(op)));
  http.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: http.address().port })));
} else {
  const { io } = load("socket.io-client");
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"] });
  socket.on("connect", () => console.log(JSON.stringify({ port: Number(port) })));
  process.stdin.setEncoding("utf8").on("data", (line) => ask(socket, ...JSON.parse(line).say));
}

// Each at its intended moment, whether or not the others were answered; what comes late began at that moment too.
function ask(socket, count, perS) {
  const gap = 1000 / perS;
  const start = performance.now() + 10;
  const took = [];
  let sent = 0;
  const tick = () => {
    for (; sent < count && performance.now() >= start + sent * gap; sent++) {
      const intended = start + sent * gap;
      socket.emit("op", { at: intended, text: "manta manta manta" }, () => {
        took.push(performance.now() - intended);
        if (took.length === count) console.log(JSON.stringify({ took_ms: took }));
      });
    }
    if (sent < count) setImmediate(tick); // a timer of node's is a millisecond late
  };
  tick();
}
process.stdin.on("end", () => process.exit(0)).resume();
