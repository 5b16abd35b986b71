// Which picture is shown: one choice for each thing that pictures differ in.

// The picture that has this value, and as much as can be of what is shown.
function closest(dimension, value) {
  const index = data.dimensions.indexOf(dimension);
  const likeness = (picture) =>
    picture.at.reduce((sum, at, place) => sum * 2 + (at === shown.at[place] ? 1 : 0), 0);
  const candidates = data.pictures.filter((picture) => picture.at[index] === value);
  return candidates.reduce((best, one) => (likeness(one) > likeness(best) ? one : best));
}

// Whether the sentence that is shown has a picture with this value.
function isThere(index, value) {
  return data.pictures.some(({ at }) => at[index] === value && (index === 0 || at[0] === shown.at[0]));
}

function turn(dimension, by) {
  const index = data.dimensions.indexOf(dimension);
  let value = shown.at[index] + by;
  while (value in dimension.values && !isThere(index, value)) value += by;
  if (value in dimension.values) show(dimension, value);
}

function show(dimension, value) {
  draw(closest(dimension, value));
  refreshChoices();
  const said = [`${dimension.label} ${value + 1} of ${dimension.values.length}: `];
  if (kept === NOTHING) byId("status").replaceChildren(...said, quoted(dimension.values[value]));
}

function drawChoice(dimension) {
  const { name, label, values } = dimension;
  const options = values.map((value, place) => make("option", { value: place, dir: "auto" }, value));
  const select = make("select", { id: name }, ...options);
  select.addEventListener("change", () => show(dimension, Number(select.value)));
  const [before, after] = [-1, 1].map((by) => {
    const button = make("button", { type: "button" }, by < 0 ? "‹" : "›");
    button.setAttribute("aria-label", `${by < 0 ? "previous" : "next"} ${label.toLowerCase()}`);
    button.addEventListener("click", () => turn(dimension, by));
    return button;
  });
  const caption = make("label", { htmlFor: name }, label);
  return make("div", { className: `choice ${name}` }, caption, select, before, after);
}

function refreshChoices() {
  for (const [index, { name, values }] of data.dimensions.entries()) {
    const select = byId(name);
    if (!select) continue;
    const [before, after] = select.parentElement.querySelectorAll("button");
    const there = values.map((_, value) => isThere(index, value));
    [...select.options].forEach((option, value) => (option.disabled = !there[value]));
    select.value = shown.at[index];
    before.disabled = !there.slice(0, shown.at[index]).includes(true);
    after.disabled = !there.slice(shown.at[index] + 1).includes(true);
  }
}

function start() {
  const several = data.dimensions.filter(({ values }) => values.length > 1);
  for (const dimension of several) {
    const key = dimension.name[0];
    const keys = [make("kbd", {}, key), " ", make("kbd", {}, `Shift ${key}`)];
    const said = `the next ${dimension.name}, the one before`;
    byId("choices").append(drawChoice(dimension));
    byId("keys").append(make("div", {}, make("dt", {}, ...keys), make("dd", {}, said)));
  }
  byId("choices").hidden = !several.length;
  byId("numbers").checked = document.body.classList.contains("numbers");
  for (const id of ["view", "help"]) byId(id).hidden = false;
  draw(shown);
  refreshChoices();
  listen();
}

start();
