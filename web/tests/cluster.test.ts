import assert from "node:assert/strict";
import { test } from "node:test";
import { type FigureRow, Moment, rate, Spread, type SpreadRow } from "../src/cluster/figures.ts";
import { History, partsOf, SECONDS } from "../src/cluster/history.ts";

function cell(name: string, ops: number, isUp = true, restarts = 0): FigureRow[] {
  const labels = { cell: name, gateway: "gateway-0" };
  return [
    ["manta_cell_up", labels, isUp ? 1 : 0],
    ["manta_cell_process", labels, 100 + restarts],
    ["manta_cell_restarts_total", labels, restarts],
    ["manta_cell_ops_total", labels, ops],
  ];
}

function moved(atS: number, figures: FigureRow[], spreads: SpreadRow[] = []) {
  return { type: "cluster.moved", at: atS * 1_000, figures, spreads };
}

test("figures that fit are added up, and names come in their order", () => {
  const moment = new Moment(moved(1, [...cell("cell-10", 5), ...cell("cell-2", 7)]));
  assert.equal(moment.sum("manta_cell_ops_total"), 12);
  assert.equal(moment.sum("manta_cell_ops_total", { cell: "cell-2" }), 7);
  assert.equal(moment.sum("manta_nothing"), null);
  assert.deepEqual(moment.names("manta_cell_up", "cell"), ["cell-2", "cell-10"]);
});

test("a rate is what a counter grew by, also over a restart", () => {
  const [first, second, third] = [
    new Moment(moved(1, cell("cell-0", 100))),
    new Moment(moved(3, cell("cell-0", 150))),
    new Moment(moved(4, cell("cell-0", 30))),
  ];
  assert.equal(rate(second, first, "manta_cell_ops_total"), 25);
  assert.equal(rate(third, second, "manta_cell_ops_total"), 30);
  assert.equal(rate(third, second, "manta_nothing"), null);
});

test("a part that is gone leaves the rate of the others as it is", () => {
  const both = new Moment(moved(1, [...cell("cell-0", 100), ...cell("cell-1", 9_000)]));
  const one = new Moment(moved(2, cell("cell-0", 130)));
  assert.equal(rate(one, both, "manta_cell_ops_total"), 30);
  assert.equal(rate(both, new Moment(moved(0, cell("cell-0", 90))), "manta_cell_ops_total"), 10);
});

test("what took how long is added up over those who tell of it", () => {
  const row = (gateway: string, counts: number[]): SpreadRow => ["s", { gateway }, [0.1], counts, 0];
  const before = new Moment(moved(1, [], [row("a", [5, 5]), row("b", [90, 90])]));
  const now = new Moment(moved(2, [], [row("a", [7, 6]), row("b", [1, 2]), row("c", [50, 50])]));
  assert.deepEqual(now.spreadSince(before, "s")?.counts, [3, 3]);
  assert.equal(now.spreadSince(before, "nothing"), null);
});

test("a percentile lies within its bucket", () => {
  const spread = new Spread([0.001, 0.005], [50, 50, 0]);
  assert.equal(spread.percentileMs(0.5), 1);
  assert.equal(spread.percentileMs(0.75), 3);
  assert.equal(new Spread([0.001], [0, 5]).percentileMs(0.99), 1);
  assert.equal(new Spread([0.001], [0, 0]).percentileMs(0.99), null);
});

test("percentiles are those of the last seconds", () => {
  const history = new History();
  const spread = (fast: number, slow: number): SpreadRow[] => [
    ["manta_op_seconds", { gateway: "gateway-0" }, [0.001, 0.005], [fast, slow, 0], 0],
  ];
  for (let s = 1; s <= 20; s++)
    history.add(moved(s, [], spread(100 * Math.min(s, 10), 100 * Math.max(0, s - 10))));
  assert.equal(history.percentileMs("manta_op_seconds", 0.5), 3);
  const lines = history.percentiles("manta_op_seconds", [0.5]);
  assert.deepEqual([lines.names, lines.values[0]![0], lines.values[0]![8]], [["p50"], null, 0.5]);
});

test("a cell that falls silent and comes back is told of", () => {
  const history = new History();
  history.add(moved(1, cell("cell-0", 10)));
  history.add(moved(2, cell("cell-0", 10, false)));
  history.add(moved(3, cell("cell-0", 2, true, 1)));
  assert.deepEqual(
    history.events.map((event) => event.what),
    ["cell-0 was started anew as 101", "cell-0 does not answer"],
  );
  assert.deepEqual(partsOf(history.now!, "cell"), [{ name: "cell-0", isUp: true, pid: 101, restarts: 1 }]);
});

test("lines keep the last minutes, with gaps where nothing was told", () => {
  const history = new History();
  for (let s = 1; s <= SECONDS + 50; s++) {
    history.add(moved(s, [...cell("cell-0", s * 3), ...(s % 2 ? cell("cell-1", s) : [])]));
  }
  const lines = history.rates("manta_cell_ops_total", "cell");
  assert.equal(lines.atS.length, SECONDS + 1);
  assert.deepEqual(lines.names, ["cell-0", "cell-1"]);
  assert.deepEqual([lines.values[0]!.at(-1), lines.values[1]!.at(-1)], [3, null]);
});
