/** The installation as it runs, for operators: what `/metrics` says, pushed once a second. */

import { useEffect, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { useApp } from "../parts/here.ts";
import { Back, Logo } from "../parts/icons.tsx";
import { Nothing } from "../parts/nothing.tsx";
import { Chart, text } from "./chart.tsx";
import "./cluster.css";
import type { Moved } from "./figures.ts";
import { History, partsOf } from "./history.ts";
import { Tables } from "./parts.tsx";
import { bytes, milliseconds, number, perSecond } from "./shown.ts";

const LATE_MS = 4_000;

export default function ClusterPage() {
  const app = useApp();
  const [history] = useState(() => new History());
  const [beat] = useState(() => signal(0));
  const [fault, setFault] = useState("");
  useEffect(() => {
    const take = (moved: unknown) => {
      history.add(moved as Moved);
      beat.value++;
    };
    app.client.watch(
      "cluster",
      { type: "cluster.view" },
      {
        snapshot: take,
        pushed: take,
        reset: () => undefined,
        closed: (_, why) => setFault(why),
      },
    );
    const clock = setInterval(() => beat.value++, 2_000);
    return () => {
      clearInterval(clock);
      app.client.unwatch("cluster");
    };
  }, [app, history, beat]);
  if (fault) {
    return (
      <Nothing title="This page is for operators" text={fault}>
        <a class="button" href="/">
          Back to the feed
        </a>
      </Nothing>
    );
  }
  if (beat.value === 0 || history.now === null) return <p class="quiet centred">Asking the cluster …</p>;
  return <Shown history={history} />;
}

function Shown({ history }: { history: History }) {
  return (
    <div class="cluster">
      <Head history={history} />
      <Tiles history={history} />
      <div class="charts">
        <Charts history={history} />
      </div>
      <Tables history={history} />
    </div>
  );
}

function Head({ history }: { history: History }) {
  const now = history.now!;
  const parts = [...partsOf(now, "cell"), ...partsOf(now, "gateway")];
  const down = parts.filter((part) => !part.isUp).map((part) => part.name);
  const isLate = Date.now() - now.atMs > LATE_MS;
  const trouble = isLate ? "no news" : down.length ? `${down.join(", ")} silent` : "";
  return (
    <header>
      <a href="/" title="Back to the feed">
        <Back />
      </a>
      <Logo />
      <h1>Cluster</h1>
      <span class={trouble ? "health bad" : "health"} role="status">
        {trouble || "all well"}
      </span>
      <time>{new Date(now.atMs).toLocaleTimeString()}</time>
    </header>
  );
}

function Tiles({ history }: { history: History }) {
  const now = history.now!;
  const cells = partsOf(now, "cell");
  const sum = (name: string) => now.sum(name) ?? 0;
  const op = (share: number) => text(history.percentileMs("manta_op_seconds", share), milliseconds);
  const tiles: [what: string, value: string][] = [
    ["cells up", `${cells.filter((cell) => cell.isUp).length} of ${cells.length}`],
    ["partitions served", number(sum("manta_cell_partitions_serving"))],
    ["connections", number(sum("manta_connections"))],
    ["operations", text(history.rate("manta_cell_ops_total"), perSecond)],
    ["operation, p50", op(0.5)],
    ["operation, p99", op(0.99)],
    ["journal", bytes(sum("manta_cell_journal_bytes"))],
    ["entities", number(sum("manta_cell_entities_hot") + sum("manta_cell_entities_packed"))],
  ];
  return (
    <dl class="tiles">
      {tiles.map(([what, value]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd data-figure={what}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Charts({ history }: { history: History }) {
  return (
    <>
      <Chart
        title="Load"
        note="operations of each cell"
        lines={history.rates("manta_cell_ops_total", "cell")}
        shown={perSecond}
      />
      <Chart
        title="Latency"
        note="from a gateway's ask to the cell's answer"
        lines={history.percentiles("manta_op_seconds", [0.5, 0.99])}
        shown={milliseconds}
      />
      <Chart
        title="Messages"
        note="pushed to sockets, by gateway"
        lines={history.rates("manta_sockets_total", "gateway", { what: "deliveries" })}
        shown={perSecond}
      />
      <Chart
        title="Connections"
        note="open WebSockets, by gateway"
        lines={history.lines("manta_connections", "gateway")}
        shown={number}
      />
      <Chart
        title="Journal round trip"
        note="p99 of an append, by cell"
        lines={history.percentilesBy("manta_cell_append_seconds", 0.99, "manta_cell_up", "cell")}
        shown={milliseconds}
      />
      <Chart
        title="Journal lag"
        note="journaled and not in a snapshot yet, by cell"
        lines={history.lines("manta_cell_journal_bytes", "cell")}
        shown={bytes}
      />
    </>
  );
}
