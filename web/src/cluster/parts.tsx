/** Cells and gateways one by one, who holds which share of the partitions, and what happened of late. */

import { colour, text } from "./chart.tsx";
import { type History, type Part, partsOf } from "./history.ts";
import { bytes, milliseconds, number, perSecond } from "./shown.ts";

export function Tables({ history }: { history: History }) {
  return (
    <>
      <Partitions history={history} />
      <Cells history={history} />
      <Gateways history={history} />
      <Events history={history} />
    </>
  );
}

/** The partitions as one bar: what a cell holds and does not serve is pale. */
function Partitions({ history }: { history: History }) {
  const now = history.now!;
  const shares = partsOf(now, "cell").map((cell, at) => {
    const where = { cell: cell.name };
    const held = now.sum("manta_cell_partitions", where) ?? 0;
    return { ...cell, at, held, serving: now.sum("manta_cell_partitions_serving", where) ?? 0 };
  });
  return (
    <section>
      <h2>Partitions</h2>
      <div class="partitions">
        {shares.map(({ name, at, held, serving, isUp }) => (
          <span
            key={name}
            class={isUp ? "" : "down"}
            style={{ "--colour": colour(at), flexGrow: String(Math.max(held, 1)) }}
            title={`${name} holds ${held} and serves ${serving}`}
          >
            {name} · {isUp ? `${serving} of ${held}` : "silent"}
          </span>
        ))}
      </div>
    </section>
  );
}

function Cells({ history }: { history: History }) {
  const now = history.now!;
  const row = (cell: Part) => {
    const where = { cell: cell.name };
    const of = (name: string, shown: (value: number) => string) => text(now.sum(name, where), shown);
    return [
      text(history.rate("manta_cell_ops_total", where), perSecond),
      of("manta_cell_waiting_ops", number),
      of("manta_cell_entities_hot", number),
      of("manta_cell_entities_packed", number),
      of("manta_cell_resident_bytes", bytes),
      of("manta_cell_journal_bytes", bytes),
      text(history.percentileMs("manta_cell_append_seconds", 0.99, where), milliseconds),
      of("manta_cell_undelivered_tells", number),
      of("manta_cell_lease_seconds", (value) => `${value.toFixed(1)} s`),
    ];
  };
  return (
    <Table
      title="Cells"
      parts={partsOf(now, "cell")}
      columns={["ops", "waiting", "hot", "packed", "memory", "journal", "append p99", "tells", "lease"]}
      row={row}
    />
  );
}

function Gateways({ history }: { history: History }) {
  const now = history.now!;
  const row = (gateway: Part) => {
    const where = { gateway: gateway.name };
    const rate = (name: string, more = {}) => text(history.rate(name, { ...where, ...more }), perSecond);
    return [
      text(now.sum("manta_connections", where), number),
      text(now.sum("manta_sessions", where), number),
      text(now.sum("manta_topics", where), number),
      rate("manta_ops_total"),
      rate("manta_requests_total"),
      rate("manta_sockets_total", { what: "deliveries" }),
      text(history.percentileMs("manta_op_seconds", 0.99, where), milliseconds),
    ];
  };
  return (
    <Table
      title="Gateways"
      parts={partsOf(now, "gateway")}
      columns={["connections", "sessions", "topics", "asks", "requests", "pushes", "ask p99"]}
      row={row}
    />
  );
}

interface TableProps {
  title: string;
  parts: Part[];
  columns: string[];
  row(part: Part): string[];
}

function Table({ title, parts, columns, row }: TableProps) {
  return (
    <section class="table">
      <h2>{title}</h2>
      <table>
        <thead>
          <tr>
            {[title.slice(0, -1).toLowerCase(), "process", ...columns, "restarts"].map((column) => (
              <th key={column}>{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <tr key={part.name} data-part={part.name} data-up={part.isUp}>
              <th scope="row">
                <i class={part.isUp ? "lamp" : "lamp bad"} />
                {part.name}
              </th>
              {[part.pid || "–", ...row(part), part.restarts].map((cell, at) => (
                <td key={at}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Events({ history }: { history: History }) {
  if (history.events.length === 0) return null;
  return (
    <section>
      <h2>Of late</h2>
      <ol class="events">
        {history.events.map((event) => (
          <li key={`${event.atMs} ${event.what}`} class={event.isBad ? "bad" : ""}>
            <time>{new Date(event.atMs).toLocaleTimeString()}</time> {event.what}
          </li>
        ))}
      </ol>
    </section>
  );
}
