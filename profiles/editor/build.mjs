// Builds the page: `node build.mjs NODE_MODULES OUT` (build.sh calls it). The same input gives the
// same bytes: no date, no path and no name of a machine goes into the page.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [modules, out] = process.argv.slice(2).map((path) => resolve(path));
const here = dirname(fileURLToPath(import.meta.url));
const profiles = dirname(here);
const source = join(here, "source");
const need = createRequire(join(dirname(modules), "package.json"));

const esbuild = need("esbuild");
const { default: Ajv } = need("ajv/dist/2020");
const { default: standalone } = need("ajv/dist/standalone");
const { _ } = need("ajv");
const toml = need("smol-toml");

const LANGUAGES = ["es", "de", "fr"];
// The order of the cards on the kiosk: the gentlest, for anyone, comes first.
const PROGRAMS = ["easy-walk", "low-back", "big-toe", "ankle-uphill", "ankle-level"];

/** Every file that the page is made of; __init__.py hashes the same ones. */
function inputs() {
  const found = ["build.mjs", "package.json", "package-lock.json"].map((name) => join(here, name));
  const look = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) look(path);
      else if (/\.(js|css|html|json)$/.test(entry.name)) found.push(path);
    }
  };
  look(source);
  found.push(join(profiles, "profile.schema.json"));
  found.push(...PROGRAMS.map((name) => join(profiles, "programs", `${name}.toml`)));
  const named = found.map((path) => [relative(profiles, path).split(sep).join("/"), path]);
  return named.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A digest of names and contents, so that a forgotten build is noticed without Node. */
function digest() {
  const hash = createHash("sha256");
  for (const [name, path] of inputs()) {
    const content = readFileSync(path);
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

const schema = JSON.parse(readFileSync(join(profiles, "profile.schema.json"), "utf8"));

/** The schema's judgement as plain code: the page may not make code while it runs. */
async function validators() {
  const { isDay } = await import(pathToFileURL(join(source, "days.js")));
  const ajv = new Ajv({
    allErrors: true,
    strictTypes: false,
    formats: { date: isDay },
    code: { source: true, esm: true, formats: _`require("./formats.js")` },
  });
  ajv.addVocabulary(Object.keys(schema).filter((key) => key.startsWith("x-sternway-")));
  ajv.addSchema(schema, "sternway");
  return standalone(ajv, {
    profile: "sternway#/$defs/Profile",
    bundle: "sternway#/$defs/Bundle",
  });
}

async function script() {
  const code = await validators();
  const judged = {
    name: "validators",
    setup(build) {
      build.onResolve({ filter: /^sternway:validators$/ }, () => ({
        path: "validators",
        namespace: "made",
      }));
      build.onLoad({ filter: /.*/, namespace: "made" }, () => ({
        contents: code,
        resolveDir: source,
      }));
    },
  };
  const made = await esbuild.build({
    entryPoints: [join(source, "main.js")],
    absWorkingDir: source,
    bundle: true,
    format: "iife",
    legalComments: "none", // every licence stands whole at the page's foot
    metafile: true,
    minify: true,
    nodePaths: [modules],
    plugins: [judged],
    target: ["chrome111", "firefox119", "safari16.4"],
    write: false,
  });
  return { text: made.outputFiles[0].text, used: Object.keys(made.metafile.inputs) };
}

/** The licences of the libraries that are in the page. */
function licences(used) {
  const found = new Map();
  for (const input of used.filter((name) => name.includes("node_modules/"))) {
    let folder = dirname(resolve(source, input));
    while (!isPackage(folder)) folder = dirname(folder);
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json")));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} has no licence file`);
    const text = readFileSync(join(folder, file), "utf8").replace(/\r\n/g, "\n").trim();
    found.set(`${name} ${version}`, { name, version, license, text });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function isPackage(folder) {
  const file = join(folder, "package.json");
  return existsSync(file) && "version" in JSON.parse(readFileSync(file));
}

/** Data in a page: no text of it may end its element, whatever it holds. */
function data(id, value) {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).trim();
  return `<script type="application/json" id="${id}">${text.replace(/</g, "\\u003c")}</script>`;
}

const sha = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const { text, used } = await script();
const code = text.trim().replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--");
const css = (
  await esbuild.transform(readFileSync(join(source, "editor.css"), "utf8"), {
    loader: "css",
    minify: true,
  })
).code.trim();
const programs = PROGRAMS.map((id) =>
  toml.parse(readFileSync(join(profiles, "programs", `${id}.toml`), "utf8")),
);
const locales = Object.fromEntries(
  LANGUAGES.map((name) => [
    name,
    JSON.parse(readFileSync(join(source, "locales", `${name}.json`), "utf8")),
  ]),
);
const parts = {
  POLICY:
    `default-src 'none'; script-src ${sha(code)}; style-src ${sha(css)}; img-src data:; ` +
    "base-uri 'none'; form-action 'none'",
  INPUTS: digest(),
  STYLE: `<style>${css}</style>`,
  DATA: [
    data("sternway-schema", readFileSync(join(profiles, "profile.schema.json"), "utf8")),
    data("sternway-programs", programs),
    data("sternway-locales", locales),
    data("sternway-licences", licences(used)),
    data("sternway-kiosk", "null"),
  ].join("\n"),
  SCRIPT: `<script>${code}</script>`,
};
const page = readFileSync(join(source, "index.html"), "utf8").replace(
  /\{\{([A-Z]+)\}\}/g,
  (_all, name) => parts[name],
);
writeFileSync(out, page);
console.log(`${basename(out)}: ${Math.round(page.length / 1024)} KiB`);
