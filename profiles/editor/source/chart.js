// The plan as a picture: the band of speeds by minute, the limit, and the incline below.

import { h, svg } from "./dom.js";
import { N, number, t } from "./language.js";

const LEFT = 40;
const RIGHT = 14;
const TOP = 26;
const SPEED = 150;
const GAP = 26;
const INCLINE = 44;
const AXIS = 40;
const LETTER = 6.6; // px, about, of the small letters

/** The kiosk has words of its own for these names, in its languages. */
const KNOWN = { "warm-up": N("warm-up"), main: N("main"), "cool-down": N("cool-down") };

/** @param {string} name */
export const stepName = (name) => (Object.hasOwn(KNOWN, name) ? t(KNOWN[name]) : name);

let count = 0;

/**
 * @typedef {import("./planned.js").Step} Step
 * @param {Step[]} steps
 * @param {{width: number, limit: number | null}} options pixels; the limit in km/h if one is known
 */
export function planChart(steps, { width, limit }) {
  const total = steps.reduce((sum, step) => sum + step.s, 0);
  const highest = Math.max(limit ?? 0, ...steps.map((step) => step.high_kmh));
  const top = Math.max(1, Math.ceil((highest * 1.12) / 0.5) * 0.5);
  const hasIncline = steps.some((step) => step.incline_pct > 0);
  const base = TOP + SPEED;
  const foot = hasIncline ? base + GAP + INCLINE : base;
  const height = foot + AXIS;
  const x = (s) => LEFT + (s / total) * (width - LEFT - RIGHT);
  const y = (kmh) => base - (kmh / top) * SPEED;
  const placed = starts(steps).map(([step, from]) => ({
    step,
    x0: x(from),
    x1: x(from + step.s),
  }));
  count += 1;
  const [title, text] = [`chart-${count}`, `chart-text-${count}`];
  return svg(
    "svg",
    {
      ...{ class: "chart", width, height, viewBox: `0 0 ${width} ${height}` },
      ...{ role: "img", "aria-labelledby": `${title} ${text}` },
    },
    svg("title", { id: title }, t("Speed and incline by minute")),
    svg("desc", { id: text }, inWords(steps, limit)),
    grid(top, y, width),
    ...placed.flatMap(({ step, x0, x1 }) => band(step, x0, x1, y)),
    ...placed.map(({ step, x0, x1 }) => label(step, x0, x1, y)),
    limit !== null && limitLine(limit, y, width),
    ...(hasIncline ? slopes(placed, base + GAP, width) : []),
    timeAxis(total, x, foot, width),
    svg("text", { class: "unit", x: 0, y: 12 }, t("km/h")),
  );
}

/** @param {Step[]} steps @returns {HTMLElement} the same for whoever does not see pictures */
export function planTable(steps) {
  const head = [t("Step"), t("Minutes"), t("Speed (km/h)"), t("Incline (%)")];
  return h(
    "table",
    { class: "figures" },
    h("thead", {}, h("tr", {}, head.map((one) => h("th", { scope: "col" }, one)))),
    h(
      "tbody",
      {},
      steps.map((step) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, stepName(step.name)),
          h("td", {}, number(Math.round(step.s * 100) / 6000)),
          h("td", {}, range(step.low_kmh, step.high_kmh)),
          h("td", {}, number(step.incline_pct)),
        ),
      ),
    ),
  );
}

/** @param {number} low @param {number} high */
export const range = (low, high) => `${number(low, 1)}–${number(high, 1)}`;

function inWords(steps, limit) {
  const said = steps.map((step) =>
    t("{name}: {minutes} minutes at {low} to {high} km/h, incline {incline} %.", {
      name: stepName(step.name),
      minutes: Math.round(step.s / 6) / 10,
      low: step.low_kmh,
      high: step.high_kmh,
      incline: step.incline_pct,
    }),
  );
  if (limit !== null) said.push(t("The limit is {limit} km/h.", { limit }));
  return said.join(" ");
}

function starts(steps) {
  let from = 0;
  return steps.map((step) => {
    const start = from;
    from += step.s;
    return /** @type {[Step, number]} */ ([step, start]);
  });
}

function grid(top, y, width) {
  const step = top > 3 ? 1 : 0.5;
  const lines = [];
  for (let kmh = 0; kmh <= top + 1e-9; kmh += step) {
    const at = y(kmh);
    lines.push(
      svg("line", { class: kmh ? "grid" : "axis", x1: LEFT, x2: width - RIGHT, y1: at, y2: at }),
      svg("text", { class: "tick", x: LEFT - 7, y: at + 4, "text-anchor": "end" }, number(kmh, 1)),
    );
  }
  return svg("g", {}, lines);
}

function band(step, x0, x1, y) {
  const [high, low] = [y(step.high_kmh), y(step.low_kmh)];
  const wide = Math.max(x1 - x0, 0.5);
  return [
    svg("rect", { class: "band", x: x0, y: high, width: wide, height: Math.max(low - high, 1) }),
    svg("line", { class: "edge", x1: x0, x2: x0 + wide, y1: high, y2: high }),
    svg("line", { class: "edge", x1: x0, x2: x0 + wide, y1: low, y2: low }),
    x0 > LEFT + 1 && svg("line", { class: "border", x1: x0, x2: x0, y1: TOP, y2: y(0) }),
  ];
}

/** Its speeds under the band where they fit, and its name at the foot. */
function label(step, x0, x1, y) {
  const middle = (x0 + x1) / 2;
  const speeds = range(step.low_kmh, step.high_kmh);
  const room = Math.floor((x1 - x0 - 6) / LETTER);
  const name = cut(stepName(step.name), room);
  const under = y(step.low_kmh) + 15;
  return svg(
    "g",
    { "text-anchor": "middle" },
    speeds.length <= room && under < y(0) - 14
      ? svg("text", { class: "value", x: middle, y: under }, speeds)
      : null,
    name && svg("text", { class: "name", x: middle, y: y(0) - 6 }, name),
  );
}

function cut(name, room) {
  const letters = [...name];
  if (letters.length <= room) return name;
  return room < 4 ? "" : `${letters.slice(0, room - 1).join("")}…`;
}

function limitLine(limit, y, width) {
  const at = y(limit);
  const words = t("Limit {limit} km/h", { limit: number(limit, 1) });
  return svg(
    "g",
    { class: "limit" },
    svg("line", { x1: LEFT, x2: width - RIGHT, y1: at, y2: at }),
    svg("text", { x: width - RIGHT, y: at - 5, "text-anchor": "end" }, words),
  );
}

function slopes(placed, from, width) {
  const most = Math.max(...placed.map(({ step }) => step.incline_pct), 5);
  const foot = from + INCLINE;
  return [
    svg("text", { class: "unit", x: 0, y: from + 2 }, t("Incline")),
    svg("line", { class: "axis", x1: LEFT, x2: width - RIGHT, y1: foot, y2: foot }),
    ...placed.map(({ step, x0, x1 }) => {
      const high = (step.incline_pct / most) * (INCLINE - 16);
      const words = `${number(step.incline_pct)} %`;
      const middle = (x0 + x1) / 2;
      return svg(
        "g",
        {},
        svg("rect", { class: "slope", x: x0, y: foot - high, width: x1 - x0, height: high }),
        words.length * LETTER < x1 - x0 &&
          svg("text", { class: "value", x: middle, y: foot - high - 4, "text-anchor": "middle" }, words),
      );
    }),
  ];
}

function timeAxis(total, x, foot, width) {
  const minutes = total / 60;
  const room = (width - LEFT - RIGHT) / 34;
  const step = [0.5, 1, 2, 5, 10, 15, 20, 30].find((one) => minutes / one <= room) ?? 60;
  const ticks = [];
  for (let minute = 0; minute <= minutes + 1e-9; minute += step) {
    const at = x(minute * 60);
    ticks.push(
      svg("line", { class: "axis", x1: at, x2: at, y1: foot, y2: foot + 4 }),
      svg("text", { class: "tick", x: at, y: foot + 17, "text-anchor": "middle" }, number(minute)),
    );
  }
  const middle = (LEFT + width - RIGHT) / 2;
  return svg(
    "g",
    {},
    ticks,
    svg("text", { class: "unit", x: middle, y: foot + 34, "text-anchor": "middle" }, t("minutes")),
  );
}
