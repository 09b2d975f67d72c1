// Shortcuts by [data-key] ("n", "g c", "/"), always-on ones by [data-key-always] ("Control+k", "F4"), arrows along
// [data-rows].

const PAUSE = 900; // milliseconds between the keys of a sequence
let pressed = "";
let last = 0;

const typing = (element) => element?.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const visible = (element) => element.checkVisibility();

function singleKeys() {
  try {
    return localStorage.getItem("single-keys") !== "off";
  } catch {
    return true;
  }
}

function press(element) {
  if (element.matches("input, textarea, select") && !element.dataset.dialog) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

function find(attribute, value) {
  return [...document.querySelectorAll(`[${attribute}="${CSS.escape(value)}"]`)].find(
    (element) => visible(element) || element.closest("details"),
  );
}

function always(event) {
  const modified = event.ctrlKey || event.metaKey;
  const combination = /^F\d+$/.test(event.key) && !modified ? event.key : modified && `Control+${event.key.toLowerCase()}`;
  const target = combination && !event.altKey && find("data-key-always", combination);
  if (!target) return false;
  press(target);
  return true;
}

function single(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target) || !singleKeys()) return false;
  if (document.querySelector("dialog[open]") || event.key.length > 1) return false;
  const now = performance.now();
  pressed = now - last < PAUSE && pressed ? `${pressed} ${event.key}` : event.key;
  last = now;
  const target = find("data-key", pressed) ?? find("data-key", event.key);
  if (!target) return false;
  pressed = "";
  press(target);
  return true;
}

function along(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return false;
  const inSearch = event.target.matches?.("input[type=search]");
  const list = event.target.closest?.("[data-rows], .table") ?? ((inSearch || event.target === document.body) && document.querySelector("main"));
  if (!list || (typing(event.target) && !inSearch)) return false;
  const links = [...list.querySelectorAll("[data-rows] .row-link, .row-link")].filter(visible);
  if (!links.length || (event.target === document.body && step < 0)) return false;
  const row = event.target.closest("tr, li")?.querySelector(".row-link");
  const next = links[links.indexOf(row) + step];
  if (!next && links.indexOf(row) < 0) return false;
  (next ?? row).focus();
  return true;
}

function escape(event) {
  if (event.key !== "Escape") return false;
  if (typing(event.target)) event.target.blur();
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (always(event) || along(event) || escape(event) || single(event)) event.preventDefault();
});

const choice = document.querySelector("[data-single-keys]");
if (choice) {
  choice.checked = singleKeys();
  choice.addEventListener("change", () => {
    if (choice.checked) localStorage.removeItem("single-keys");
    else localStorage.setItem("single-keys", "off");
  });
}
