// The progression as a picture: minutes, speed and incline of each session over the weeks.

import { range } from "./chart.js";
import { h, svg } from "./dom.js";
import { number, t } from "./language.js";

const LEFT = 40;
const RIGHT = 52;
const PANEL = 54;
const GAP = 30;
const AXIS = 36;

let count = 0;

/**
 * @typedef {import("./progression.js").Session} Session
 * @param {Session[]} sessions at least one
 * @param {{width: number}} options pixels
 */
export function weeksChart(sessions, { width }) {
  const panels = [
    panel(t("Minutes"), sessions.map((one) => [0, one.minutes]), (_low, high) => number(high)),
    panel(
      t("Speed (km/h)"),
      sessions.map((one) => [one.low_kmh, one.high_kmh]),
      (_low, high) => number(Math.round(high * 100) / 100, 1),
    ),
  ];
  if (sessions.some((one) => one.incline_pct > 0)) {
    const inclines = sessions.map((one) => [0, one.incline_pct]);
    panels.push(panel(t("Incline (%)"), inclines, (_low, high) => number(high)));
  }
  const weeks = weekOf(sessions[sessions.length - 1]) + 1;
  const x = (day) => LEFT + (day / (weeks * 7)) * (width - LEFT - RIGHT);
  const height = panels.length * (PANEL + GAP) + AXIS;
  count += 1;
  const [title, text] = [`weeks-${count}`, `weeks-text-${count}`];
  return svg(
    "svg",
    {
      ...{ class: "chart", width, height, viewBox: `0 0 ${width} ${height}` },
      ...{ role: "img", "aria-labelledby": `${title} ${text}` },
    },
    svg("title", { id: title }, t("How the sessions may grow")),
    svg("desc", { id: text }, inWords(sessions)),
    panels.map((draw, i) => draw(sessions, x, i * (PANEL + GAP) + GAP, weeks)),
    weekAxis(weeks, x, height - AXIS + 2, width),
  );
}

/** @param {Session[]} sessions @returns {HTMLElement} a row for each week */
export function weeksTable(sessions) {
  const weeks = Map.groupBy ? Map.groupBy(sessions, weekOf) : grouped(sessions);
  const head = [t("Week"), t("Sessions"), t("Minutes"), t("Speed (km/h)"), t("Incline (%)")];
  return h(
    "table",
    { class: "figures" },
    h("thead", {}, h("tr", {}, head.map((one) => h("th", { scope: "col" }, one)))),
    h(
      "tbody",
      {},
      [...weeks].map(([week, all]) => {
        const last = all[all.length - 1];
        return h(
          "tr",
          {},
          h("th", { scope: "row" }, number(week + 1)),
          h("td", {}, number(all.length)),
          h("td", {}, fromTo(all[0].minutes, last.minutes)),
          h("td", {}, range(last.low_kmh, last.high_kmh)),
          h("td", {}, fromTo(all[0].incline_pct, last.incline_pct)),
        );
      }),
    ),
  );
}

const weekOf = (session) => Math.floor(session.day / 7);
const fromTo = (one, other) =>
  one === other ? number(one) : `${number(one)}–${number(other)}`;

function grouped(sessions) {
  const weeks = new Map();
  for (const one of sessions) weeks.set(weekOf(one), [...(weeks.get(weekOf(one)) ?? []), one]);
  return weeks;
}

function inWords(sessions) {
  const [first, last] = [sessions[0], sessions[sessions.length - 1]];
  return t(
    "{sessions} sessions. From {minutes} minutes at up to {high} km/h to {minutes2} minutes at up to {high2} km/h; incline from {incline} to {incline2} %.",
    {
      sessions: sessions.length,
      minutes: first.minutes,
      high: first.high_kmh,
      incline: first.incline_pct,
      minutes2: last.minutes,
      high2: last.high_kmh,
      incline2: last.incline_pct,
    },
  );
}

/** A row of the picture: bars from low to high, the first and the last with their figure. */
function panel(title, bars, say) {
  return (sessions, x, top, weeks) => {
    const most = Math.max(...bars.map(([, high]) => high)) || 1;
    const foot = top + PANEL;
    const y = (value) => foot - (value / most) * (PANEL - 4);
    const wide = Math.max(1.2, Math.min(12, closest(sessions) * (x(1) - x(0)) * 0.8));
    const [first, last] = [bars[0], bars[bars.length - 1]];
    const right = x(weeks * 7) + 6;
    return svg(
      "g",
      {},
      svg("text", { class: "unit", x: 0, y: top - 8 }, title),
      svg("line", { class: "axis", x1: LEFT, x2: x(weeks * 7), y1: foot, y2: foot }),
      bars.map(([low, high], i) =>
        svg("rect", {
          class: "bar",
          x: x(sessions[i].day + shift(sessions, i)),
          y: y(high),
          width: wide,
          height: Math.max(y(low) - y(high), 2),
        }),
      ),
      svg("text", { class: "value", x: LEFT - 7, y: y(first[1]) + 9, "text-anchor": "end" }, say(...first)),
      svg("text", { class: "value", x: right, y: y(last[1]) + 9 }, say(...last)),
    );
  };
}

/** The fewest days between two sessions; half a day where two share one. */
function closest(sessions) {
  const gaps = sessions.slice(1).map((one, i) => one.day - sessions[i].day);
  return Math.max(0.5, Math.min(7, ...gaps));
}

/** The second session of a day stands behind the first. */
const shift = (sessions, i) => (i > 0 && sessions[i - 1].day === sessions[i].day ? 0.5 : 0);

function weekAxis(weeks, x, top, width) {
  const each = x(7) - x(0);
  const step = [1, 2, 4, 8, 13, 26].find((one) => each * one >= 24) ?? 52;
  const ticks = [];
  for (let week = 0; week < weeks; week += step) {
    const at = x(week * 7);
    ticks.push(svg("text", { class: "tick", x: at + 1, y: top + 10 }, number(week + 1)));
  }
  const middle = (LEFT + width - RIGHT) / 2;
  return svg(
    "g",
    {},
    ticks,
    svg("text", { class: "unit", x: middle, y: top + 28, "text-anchor": "middle" }, t("weeks")),
  );
}
