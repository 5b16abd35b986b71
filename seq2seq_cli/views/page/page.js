"use strict";
// The page of saved alignments. All that comes from sentences is set as text, never as markup, and
// the colours are classes: w0 to w100, one for each percent.

const data = JSON.parse(byId("data").textContent);
const HINT = "Choose a word: point at it, tap it, or press an arrow key.";
const MOST_SAID = 5;
const NOTHING = { row: null, column: null };

let shown = data.pictures[0]; // the picture that is shown
let kept = NOTHING; // the word or cell that was chosen: by click, tap, focus or key
let drawn = { source: [], target: [], cells: [], rows: [], columns: [] }; // its elements

function byId(id) {
  return document.getElementById(id);
}

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// A word from a sentence: isolated, so that its direction does not reorder what is around it.
function quoted(word) {
  return make("bdi", { lang: "" }, word);
}

function percent(weight) {
  return `${weight}\u202f%`;
}

function draw(picture) {
  if (picture.at[0] !== shown.at[0]) kept = NOTHING; // the words of another sentence
  shown = picture;
  drawn = { source: [], target: [], cells: [], rows: [], columns: [] };
  drawLine("source", picture.source, picture.sourceEnd, picture.sourceDirection);
  drawLine("target", picture.target, picture.targetEnd, picture.targetDirection);
  byId("facts").textContent = picture.facts;
  byId("instead").textContent = picture.instead;
  byId("instead").hidden = !picture.instead;
  byId("box").hidden = Boolean(picture.instead);
  byId("box").replaceChildren(...(picture.instead ? [] : [drawTable(picture)]));
  const fits = (kept.row ?? 0) < picture.target.length && (kept.column ?? 0) < picture.source.length;
  choose(fits && !picture.instead ? kept : NOTHING);
}

function drawLine(side, words, end, direction) {
  const line = byId(side);
  line.dir = direction;
  drawn[side] = words.map((word, place) => {
    const share = make("small", { dir: "ltr", ariaHidden: "true" });
    const button = make("button", { type: "button", className: "word", tabIndex: -1 });
    button.append(make("span", { dir: "auto" }, word), share);
    button.classList.toggle("end", place === end);
    button.title = (side === "source" && shown.unknown[place]) || "";
    button.dataset[side === "source" ? "column" : "row"] = place;
    return button;
  });
  if (drawn[side].length) drawn[side][0].tabIndex = 0;
  line.replaceChildren(...drawn[side]);
}

function drawTable(picture) {
  const head = make("tr", {}, make("td"));
  drawn.columns = picture.source.map((word, column) => header("col", word, "column", column));
  if (picture.sourceEnd !== null) drawn.columns[picture.sourceEnd].className = "end";
  head.append(...drawn.columns);
  for (const { label } of picture.beside) {
    head.append(make("th", { scope: "col" }, make("span", {}, label)));
  }
  const body = make("tbody", {}, ...picture.target.map((_, row) => drawRow(picture, row)));
  const pair = [quoted(picture.sentence), " → ", quoted(picture.text)];
  const caption = make("caption", { id: "caption" });
  caption.append(make("span", {}, "Attention in percent: ", ...pair));
  const table = make("table", { className: picture.tall ? "tall" : "" });
  table.append(caption, make("thead", {}, head), body);
  return table;
}

function header(scope, word, kind, place) {
  const cell = make("th", { scope, lang: "" }, make("span", { dir: "auto" }, word));
  cell.dataset[kind] = place;
  return cell;
}

function drawRow(picture, row) {
  const name = header("row", picture.target[row], "row", row);
  if (row === picture.targetEnd) name.className = "end";
  drawn.rows.push(name);
  const cells = picture.weights[row].map((weight, column) => {
    const cell = make("td", { className: `cell w${weight}` }, String(weight));
    if (column === picture.best[row]) cell.classList.add("best");
    Object.assign(cell.dataset, { row, column });
    return cell;
  });
  drawn.cells.push(cells);
  const line = make("tr", {}, name, ...cells);
  for (const { texts } of picture.beside) {
    line.append(make("td", { className: "figure" }, texts[row]));
  }
  return line;
}
