// How one gets to a word: by pointing, by tapping, by keys.

// The row and column that an element stands for; null where it is none of them.
function placeOf(element) {
  const { row, column } = element?.closest?.("[data-row], [data-column]")?.dataset ?? {};
  if (row === undefined && column === undefined) return null;
  return { row: row === undefined ? null : Number(row), column: column === undefined ? null : Number(column) };
}

function step(key) {
  const isSource = kept.row === null && kept.column !== null;
  const words = drawn[isSource ? "source" : "target"];
  const at = isSource ? kept.column : kept.row;
  const isReversed = (isSource ? shown.sourceDirection : shown.targetDirection) === "rtl";
  const last = words.length - 1;
  const forward = key === "ArrowDown" || key === (isReversed ? "ArrowLeft" : "ArrowRight");
  let next = key === "Home" ? 0 : last;
  if (key.startsWith("Arrow")) next = at === null ? (forward ? 0 : last) : at + (forward ? 1 : -1);
  focusOn(words[Math.min(last, Math.max(0, next))]);
}

function focusOn(word) {
  if (!word) return;
  if (document.activeElement === word) choose(placeOf(word));
  word.focus();
  const { row } = kept;
  const cell = row === null ? null : drawn.cells[row]?.[shown.best[row] ?? 0];
  if (cell) scrollSideways(byId("box"), cell);
}

function scrollSideways(box, cell) {
  const [outer, inner] = [box.getBoundingClientRect(), cell.getBoundingClientRect()];
  const name = drawn.rows[0].getBoundingClientRect().width;
  if (inner.right > outer.right) box.scrollLeft += inner.right - outer.right + inner.width;
  else if (inner.left < outer.left + name) box.scrollLeft -= outer.left + name - inner.left + inner.width;
}

function leave() {
  choose(NOTHING);
  document.activeElement?.blur?.();
}

function onKey(event) {
  const isElsewhere = event.target.closest?.("form, footer");
  if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere) return;
  const isIn = event.target.closest?.("#view") || kept !== NOTHING;
  const dimension = data.dimensions.find(({ name }) => name[0] === event.key.toLowerCase());
  if (event.key === "Escape") leave();
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") step(event.key);
  else if (isIn && ["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) step(event.key);
  else if (dimension?.values.length > 1) turn(dimension, event.shiftKey ? -1 : 1);
  else return;
  event.preventDefault();
}

function listen() {
  const view = byId("view");
  view.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") light(placeOf(event.target) ?? kept);
  });
  view.addEventListener("pointerleave", () => light(kept));
  for (const place of [window, byId("box")]) {
    place.addEventListener("scroll", () => (byId("tip").hidden = true), { passive: true });
  }
  view.addEventListener("focusin", (event) => {
    const place = placeOf(event.target);
    if (!place) return;
    for (const word of event.target.parentElement.children) word.tabIndex = -1;
    event.target.tabIndex = 0;
    choose(place);
  });
  document.addEventListener("click", (event) => {
    const place = placeOf(event.target);
    if (place) choose(place);
    else if (!event.target.closest("form, footer")) choose(NOTHING);
  });
  document.addEventListener("keydown", onKey);
  byId("numbers").addEventListener("change", (event) => {
    document.body.classList.toggle("numbers", event.target.checked);
  });
}
