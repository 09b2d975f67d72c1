// The till while the server answers: a scanner types on. What is typed meanwhile is kept for the form that comes, each
// Enter is a press of its own, and what could not be sent comes back into its field. Without this the form works too,
// one answer after the other.

const TYPED = ["query", "goods"];
const waiting = []; // texts entered and keys pressed while a request was under way
let sent = null; // what was taken out of the fields with the request under way
let rest = ""; // what was typed meanwhile and not entered

const form = () => document.getElementById("till");
const field = (name) => form()?.elements.namedItem(name);
// What comes later by itself, as suggestions do, is none of the clerk's acts.
const isTill = ({ detail: { elt } }) => elt?.closest("#till") === form() && !elt?.closest(".till-later");

document.addEventListener("htmx:beforeSend", (event) => {
  if (!isTill(event)) return;
  sent = new Map(TYPED.map((name) => [name, field(name)?.value]).filter(([, value]) => value));
  for (const name of sent.keys()) field(name).value = "";
});

document.addEventListener(
  "keydown",
  (event) => {
    if (!sent || event.isComposing) return;
    if (/^F\d+$/.test(event.key)) {
      waiting.push({ key: event.key });
      event.preventDefault();
      event.stopPropagation();
    }
    if (event.key !== "Enter" || !TYPED.includes(event.target.name)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.target.value.trim()) waiting.push(event.target.value);
    event.target.value = "";
  },
  true,
);

// The new form lives once it has settled: an Enter before that would leave the page, so what else settles, such as the
// suggestions, does not count.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isTill(event) || !event.detail.shouldSwap) return;
  rest = TYPED.map((name) => field(name)?.value ?? "").join("");
  sent = new Map();
});
document.addEventListener("htmx:afterSwap", (event) => event.target === form() && carryOn());
document.addEventListener("htmx:afterSettle", (event) => event.target === form() && goOn());

function current() {
  return TYPED.includes(document.activeElement?.name) ? document.activeElement : field("goods");
}

function carryOn() {
  form()?.querySelector("[autofocus]")?.focus();
  if (rest && current()) current().value = rest;
}

function goOn() {
  sent = null;
  const open = current();
  if (waiting[0]?.key) {
    document.querySelector(`#till [data-key-always="${waiting.shift().key}"]`)?.click();
  } else if (waiting.length && open) {
    const begun = open.getAttribute("value") === open.value ? "" : open.value;
    open.value = waiting.shift();
    open.form.requestSubmit(form().querySelector("[value=enter]"));
    open.value = begun;
  } else if (open && open.value && open.value === open.getAttribute("value")) {
    open.select(); // what was refused is typed over
  }
}

function giveBack(event) {
  if (!sent || !isTill(event)) return;
  for (const [name, value] of sent) if (field(name) && !field(name).value) field(name).value = value;
  sent = null;
  waiting.length = 0;
}

for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout", "htmx:sendAbort"]) {
  document.addEventListener(failure, giveBack);
}
