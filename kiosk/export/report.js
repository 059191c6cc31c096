"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words, rows = data.rows, colours = data.colours;
  if (!rows.length) return;
  const $ = (id) => document.getElementById(id);
  const table = $("table");
  const [CODE, PERSON, NUMBER, DAY, PROGRAM, WALKED, DISTANCE, MEAN, BAND, BEFORE, AFTER, RPE, OUTCOME, REASON, CHART] =
    Array.from({ length: 15 }, (_, i) => i);
  const dash = "–";
  // Numbers and dates as the report's language writes them.
  const fixed = (v, digits) => v.toFixed(digits).replace(".", words.mark);
  const day = (v) => {
    const date = /^(\d+)-(\d\d)-(\d\d)$/.exec(v);
    return date ? words.date.replace("{year}", date[1]).replace("{month}", date[2]).replace("{day}", date[3]) : String(v);
  };

  const clock = (s) => {
    const whole = Math.round(s), h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60;
    const two = (n) => String(n).padStart(2, "0");
    return h ? `${h}:${two(m)}:${two(whole % 60)}` : `${m}:${two(whole % 60)}`;
  };
  const shown = (value, how) => (value === null ? dash : how(value));
  const ending = (row) => {
    const what = words.outcomes[row[OUTCOME] ?? ""] ?? dash;
    const why = row[OUTCOME] === "stopped" || row[OUTCOME] === "safety_stop" ? words.reasons[row[REASON] ?? ""] : "";
    return why ? `${what}: ${why}` : what;
  };
  // Each column: its name, the value it is sorted by, the text it shows, whether it is a text.
  const columns = [
    { name: words.session, by: (r) => r[CODE], text: (r) => r[CODE], words: true },
    { name: words.person, by: (r) => r[PERSON], text: (r) => r[PERSON] ?? words.guest, words: true },
    { name: words.number, by: (r) => r[NUMBER], text: (r) => shown(r[NUMBER], String) },
    { name: words.day, by: (r) => r[DAY], text: (r) => shown(r[DAY], day) },
    { name: words.program, by: (r) => words.programs[r[PROGRAM]] ?? r[PROGRAM], text: (r) => words.programs[r[PROGRAM]] ?? r[PROGRAM] ?? dash, words: true },
    { name: words.time, by: (r) => r[WALKED], text: (r) => shown(r[WALKED], clock) },
    { name: words.distance, by: (r) => r[DISTANCE], text: (r) => shown(r[DISTANCE], (v) => fixed(v, 0)) },
    { name: words.mean, by: (r) => r[MEAN], text: (r) => shown(r[MEAN], (v) => fixed(v, 2)) },
    { name: words.band, by: (r) => r[BAND], text: (r) => shown(r[BAND], (v) => `${fixed(v, 0)} %`) },
    { name: words.pain, by: (r) => (r[AFTER] === null || r[BEFORE] === null ? null : r[AFTER] - r[BEFORE]), text: (r) => `${shown(r[BEFORE], String)} → ${shown(r[AFTER], String)}` },
    { name: words.effort, by: (r) => r[RPE], text: (r) => shown(r[RPE], String) },
    { name: words.ending, by: ending, text: ending, words: true, end: true },
  ];

  const NS = "http://www.w3.org/2000/svg";
  const svgNode = (name, attributes, text) => {
    const node = document.createElementNS(NS, name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const make = (name, text, kind) => {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    if (kind) node.className = kind;
    return node;
  };

  // The speeds as lines that are broken where the speed was not known.
  const lines = (speeds, x, y) => {
    const found = [];
    let open = [];
    speeds.forEach((speed, index) => {
      if (speed === null) { if (open.length) found.push(open); open = []; return; }
      open.push(`${x(index).toFixed(1)},${y(speed).toFixed(1)}`);
    });
    if (open.length) found.push(open);
    return found;
  };
  // A band reaches halfway to the points beside its own, so that two in a row meet.
  const bandBox = ([a, b, low, high], last, x, y) => {
    const from = x(Math.max(0, a - 0.5)), to = x(Math.min(last, b + 0.5));
    return svgNode("rect", { x: from, y: y(high), width: Math.max(1, to - from), height: Math.max(1, y(low) - y(high)), fill: colours.band });
  };
  const topOf = ([, speeds, bands]) => Math.max(50, ...speeds.map((s) => s ?? 0), ...bands.map((b) => b[3])) * 1.08;

  const spark = (chart) => {
    const [, speeds, bands] = chart, w = 112, h = 32, top = topOf(chart), last = Math.max(1, speeds.length - 1);
    const x = (i) => (w * i) / last, y = (v) => h - 1 - ((h - 2) * Math.max(0, v)) / top;
    const svg = svgNode("svg", { viewBox: `0 0 ${w} ${h}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    for (const band of bands) svg.append(bandBox(band, last, x, y));
    for (const points of lines(speeds, x, y))
      svg.append(svgNode("polyline", { points: points.join(" "), fill: "none", stroke: colours.accent, "stroke-width": 1.4, "vector-effect": "non-scaling-stroke" }));
    return svg;
  };

  const large = (row) => {
    const chart = row[CHART], [seconds, speeds, bands] = chart, w = 760, h = 230, left = 44, right = 748, high = 14, low = 190;
    const top = topOf(chart), last = Math.max(1, speeds.length - 1);
    const x = (i) => left + ((right - left) * i) / last, y = (v) => low - ((low - high) * Math.max(0, v)) / top;
    const svg = svgNode("svg", { viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": `${words.chart} ${row[CODE]}: ${words.speed}, ${clock(seconds)}` });
    const text = (at, up, value, anchor) => svg.append(svgNode("text", { x: at, y: up, "text-anchor": anchor, fill: colours.dim, "font-size": 13 }, value));
    for (const band of bands) svg.append(bandBox(band, last, x, y));
    const step = top > 300 ? 100 : 50;
    for (let v = 0; v <= top; v += step) {
      svg.append(svgNode("line", { x1: left, x2: right, y1: y(v), y2: y(v), stroke: v ? colours.hair : colours.line }));
      text(left - 8, y(v) + 4.5, fixed(v / 100, 1), "end");
    }
    for (let i = 0; i <= 4; i++) text(left + ((right - left) * i) / 4, low + 22, clock((seconds * i) / 4), i === 4 ? "end" : "middle");
    for (const points of lines(speeds, x, y))
      svg.append(svgNode("polyline", { points: points.join(" "), fill: "none", stroke: colours.accent, "stroke-width": 2, "stroke-linejoin": "round" }));
    return svg;
  };

  const opened = new Set();
  let all = false, sorted = 3, down = false, page = 0, size = 50, chosen = rows;
  const isOpen = (row) => all !== opened.has(row[CODE]);

  const choose = () => {
    const text = $("find").value.trim().toLowerCase(), end = $("ending").value;
    chosen = rows.filter((row) => {
      if (end && (row[OUTCOME] ?? "none") !== end) return false;
      return !text || columns.some((c) => c.words && String(c.text(row)).toLowerCase().includes(text));
    });
    const by = columns[sorted].by;
    const keyed = chosen.map((row, index) => [by(row), index, row]);
    keyed.sort((a, b) => {
      if (a[0] === b[0]) return a[1] - b[1];
      if (a[0] === null || a[0] === undefined) return 1; // what is not known comes last, both ways
      if (b[0] === null || b[0] === undefined) return -1;
      const less = typeof a[0] === "string" ? a[0].localeCompare(b[0]) : a[0] - b[0];
      return down ? -less : less;
    });
    chosen = keyed.map((one) => one[2]);
  };

  const cell = (tag, label, text, kind) => {
    const node = make(tag, text, kind);
    node.dataset.label = label;
    node.setAttribute("role", tag === "th" ? "rowheader" : "cell");
    return node;
  };
  const tableRow = (row, body) => {
    const tr = make("tr");
    tr.setAttribute("role", "row");
    columns.forEach((column, index) => {
      const node = cell(index ? "td" : "th", column.name, undefined, (column.words ? "text " : "") + (column.end ? "end full" : ""));
      if (!index) node.scope = "row";
      const span = make("span");
      if (column.end) span.append(make("span", undefined, `mark ${row[OUTCOME] ?? "none"}`));
      span.append(column.text(row));
      node.append(span);
      tr.append(node);
    });
    const last = cell("td", words.speed, undefined, "speed full");
    if (row[CHART]) {
      const button = make("button", undefined, "spark");
      button.type = "button";
      button.setAttribute("aria-expanded", isOpen(row));
      button.setAttribute("aria-label", `${words.chart} ${row[CODE]}`);
      button.append(spark(row[CHART]));
      button.addEventListener("click", () => {
        opened.has(row[CODE]) ? opened.delete(row[CODE]) : opened.add(row[CODE]);
        button.setAttribute("aria-expanded", isOpen(row));
        isOpen(row) ? tr.after(chartRow(row)) : tr.nextSibling.remove();
      });
      last.append(button);
    } else last.append(make("span", dash, "none"));
    tr.append(last);
    body.append(tr);
    if (row[CHART] && isOpen(row)) body.append(chartRow(row));
  };
  const chartRow = (row) => {
    const tr = make("tr", undefined, "more"), td = make("td");
    tr.setAttribute("role", "row");
    td.setAttribute("role", "cell");
    td.colSpan = columns.length + 1;
    td.append(make("p", `${row[CODE]} · ${words.legend}`, "legend"), large(row));
    tr.append(td);
    return tr;
  };

  const show = () => {
    const pages = Math.max(1, Math.ceil(chosen.length / size));
    page = Math.min(page, pages - 1);
    const from = page * size, part = chosen.slice(from, from + size);
    const head = make("thead"), line = make("tr"), body = make("tbody");
    for (const group of [head, body]) group.setAttribute("role", "rowgroup");
    line.setAttribute("role", "row");
    columns.forEach((column, index) => {
      const th = make("th", undefined, column.words ? "text" : ""), button = make("button", column.name);
      th.scope = "col";
      th.setAttribute("role", "columnheader");
      if (index === sorted) th.setAttribute("aria-sort", down ? "descending" : "ascending");
      button.type = "button";
      button.addEventListener("click", () => { sort(index, index === sorted && !down); line.children[index] && table.tHead.rows[0].cells[index].firstChild.focus(); });
      // Browsers leave a button out where a heading is printed again on the next page.
      const printed = make("span", column.name, "printed");
      printed.setAttribute("aria-hidden", "true");
      th.append(button, printed);
      line.append(th);
    });
    const th = make("th", words.speed, "text");
    th.scope = "col";
    th.setAttribute("role", "columnheader");
    line.append(th);
    head.append(line);
    for (const row of part) tableRow(row, body);
    table.replaceChildren(head, body);
    $("said").textContent = chosen.length
      ? words.said.replace("{from}", from + 1).replace("{to}", from + part.length).replace("{all}", chosen.length)
      : words.nothing;
    const nav = $("pages");
    nav.hidden = pages < 2;
    const turn = (name, by) => {
      const button = make("button", name);
      button.type = "button";
      button.disabled = page + by < 0 || page + by >= pages;
      button.addEventListener("click", () => { page += by; show(); $("said").scrollIntoView({ block: "start" }); });
      return button;
    };
    nav.replaceChildren(turn(words.back, -1), make("span", `${page + 1} / ${pages}`), turn(words.on, 1));
    $("sort").value = `${sorted}${down ? "d" : "u"}`;
  };
  const sort = (index, downwards) => { sorted = index; down = downwards; page = 0; choose(); show(); };

  const option = (select, value, text) => { const node = make("option", text); node.value = value; select.append(node); };
  option($("ending"), "", words.any);
  for (const name of [...new Set(rows.map((row) => row[OUTCOME] ?? "none"))].sort())
    option($("ending"), name, words.outcomes[name === "none" ? "" : name] ?? dash);
  columns.forEach((column, index) => { option($("sort"), `${index}u`, `${column.name} ▲`); option($("sort"), `${index}d`, `${column.name} ▼`); });
  for (const count of [25, 50, 200]) option($("size"), count, count);
  if (rows.length <= 1000) option($("size"), rows.length, words.all);
  $("size").value = 50;

  const again = () => { page = 0; choose(); show(); };
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  $("find").addEventListener("input", again);
  $("ending").addEventListener("change", again);
  $("size").addEventListener("change", () => { size = Number($("size").value); again(); });
  $("sort").addEventListener("change", () => { const value = $("sort").value; sort(parseInt(value, 10), value.endsWith("d")); });
  $("open").addEventListener("click", () => { all = !all; opened.clear(); $("open").setAttribute("aria-pressed", all); show(); });
  $("print").addEventListener("click", () => window.print());
  $("tools").hidden = false;
  sort(data.sort, false);
})();
