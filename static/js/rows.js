// Ticks in a list: the head's box ticks the page, a press with Shift the rows between, and what is done to them names
// how many they are. Without this each row is ticked by itself.

let last = null;

const boxes = (table) => [...table.querySelectorAll("tbody input[type=checkbox][name=id]")];

document.addEventListener("click", (event) => {
  const box = event.target.closest("tbody input[type=checkbox][name=id]");
  if (!box) return;
  const all = boxes(box.closest("table"));
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) for (const other of all.slice(from, to)) other.checked = box.checked;
  last = box;
});

document.addEventListener("change", (event) => {
  const head = event.target.closest("[data-ticks]");
  if (head) for (const box of boxes(head.closest("table"))) box.checked = head.checked;
  const list = event.target.closest("#customers");
  if (list) tell(list);
});

function tell(list) {
  const all = [...list.querySelectorAll("tbody input[name=id]")];
  const ticked = all.filter((box) => box.checked).length;
  const head = list.querySelector("[data-ticks]");
  if (head) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
  }
  const words = list.querySelector("[data-ticked]");
  if (words && ticked) words.textContent = ticked === 1 ? words.dataset.one : words.dataset.many.replace("#", ticked);
}
