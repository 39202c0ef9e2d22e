"use strict";
// The page is whole without this: it sorts, filters, copies, opens what a link leads to, and remembers the colours.

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

// Colours
const remembered = {
  read() { try { return localStorage.getItem("seawall-theme"); } catch { return null; } },
  write(id) { try { localStorage.setItem("seawall-theme", id); } catch { /* a page without a store */ } },
};
const themes = [...document.querySelectorAll("input[name=theme]")];
for (const input of themes) {
  if (input.id === remembered.read()) input.checked = true;
  input.addEventListener("change", () => remembered.write(input.id));
}

// Tables: every heading sorts, numbers first from the highest
const value = (cell) => {
  if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
  const text = cell.textContent.trim();
  const number = Number(text.replaceAll(",", ""));
  return text && !Number.isNaN(number) ? number : text;
};
const compare = (a, b) =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const numeric = heading.classList.contains("number");
    const button = make("button", { type: "button", textContent: heading.textContent });
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const before = heading.getAttribute("aria-sort");
      const descending = before ? before === "ascending" : numeric;
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const rows = [...body.rows].map((row) => ({ row, key: value(row.cells[column]) }));
      rows.sort((a, b) => (descending ? compare(b.key, a.key) : compare(a.key, b.key)));
      body.append(...rows.map(({ row }) => row));
    });
  });
}

// Filters
for (const tools of document.querySelectorAll("[data-for]")) {
  const table = document.getElementById(tools.dataset.for);
  const rows = [...table.tBodies[0].rows].map((row) => ({
    row,
    text: row.textContent.toLowerCase(),
    bound: row.querySelector(".bound").textContent,
  }));
  const search = make("input", { type: "search", autocomplete: "off", spellcheck: false });
  const bound = make("select");
  for (const [key, label] of [["", "anything"], ["count", "count"], ["time", "time"], ["nothing", "nothing"]]) {
    bound.append(make("option", { value: key, textContent: label }));
  }
  const said = make("output");
  const update = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, text, bound: ends } of rows) {
      row.hidden = !(words.every((word) => text.includes(word)) && (!bound.value || ends === bound.value));
      shown += row.hidden ? 0 : 1;
    }
    said.value = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
  };
  search.addEventListener("input", update);
  bound.addEventListener("change", update);
  tools.append(make("label", {}, "Find a name", search), make("label", {}, "Ends by", bound), said);
  tools.hidden = false;
  update();
}

// Copying, where the browser lets a page do it
if (navigator.clipboard) {
  for (const block of document.querySelectorAll("pre.copy")) {
    const button = make("button", { type: "button", className: "copier", textContent: "Copy" });
    button.setAttribute("aria-label", `Copy: ${block.getAttribute("aria-label")}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(block.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Select it and copy by hand";
      }
    });
    block.after(button);
  }
}

// What a link leads to may be folded or filtered away; paper shows everything
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  target.hidden = false;
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  const fold = target.querySelector(":scope > details.fold");
  if (fold) fold.open = true;
  target.scrollIntoView();
};
// On a phone what is not a finding is folded until somebody asks for it
if (matchMedia("(max-width: 40rem)").matches) {
  for (const fold of document.querySelectorAll("details.fold")) fold.open = false;
}
addEventListener("hashchange", reveal);
if (location.hash) reveal();
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
