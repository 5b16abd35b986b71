// The word or the cell that is looked at: what lights up, and what is said of it.

function choose(place) {
  kept = place;
  light(place);
}

function light(place) {
  const { row, column } = place;
  const nothing = row === null && column === null;
  for (const [at, word] of drawn.source.entries()) {
    const whole = column === null && row !== null;
    shade(word, at === column, whole || (row !== null && at === column) ? weight(row, at) : null);
  }
  for (const [at, word] of drawn.target.entries()) {
    const whole = row === null && column !== null;
    shade(word, at === row, whole ? weight(at, column) : null);
  }
  lightTable(row, column);
  byId("status").replaceChildren(...(nothing ? [HINT] : sentence(row, column)));
  showTip(row, column);
}

// The words of a cell beside it: their labels, and what is said above the table, may be far away.
function showTip(row, column) {
  const tip = byId("tip");
  const cell = row !== null && column !== null ? drawn.cells[row][column] : null;
  tip.hidden = !cell;
  if (!cell) return;
  tip.replaceChildren(...sentence(row, column));
  const place = cell.getBoundingClientRect();
  const left = Math.min(place.left, document.documentElement.clientWidth - tip.offsetWidth - 4);
  const above = place.top - tip.offsetHeight - 4;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${above < 4 ? place.bottom + 4 : above}px`;
}

function weight(row, column) {
  return shown.weights[row]?.[column] ?? 0;
}

// A word in the colour of a weight of at least one percent; null: as it is.
function shade(word, isChosen, share) {
  const isLit = Boolean(share);
  const end = word.classList.contains("end") ? " end" : "";
  word.className = `word${end}${isChosen ? " chosen" : ""}${isLit ? ` lit w${share}` : ""}`;
  word.setAttribute("aria-pressed", String(isChosen));
  word.lastChild.textContent = isLit ? percent(share) : "";
}

// A row or a column stands out; of a cell, the row's and the column's name do.
function lightTable(row, column) {
  const both = row !== null && column !== null;
  byId("box").firstChild?.classList.toggle("focused", (row === null) !== (column === null));
  drawn.rows.forEach((name, at) => name.classList.toggle("chosen", at === row));
  drawn.columns.forEach((name, at) => name.classList.toggle("chosen", at === column));
  drawn.cells.forEach((cells, y) =>
    cells.forEach((cell, x) => {
      cell.classList.toggle("chosen", y === row || x === column);
      cell.classList.toggle("pointed", both && y === row && x === column);
    }),
  );
}

// What is lit, in words.
function sentence(row, column) {
  if (row !== null && column !== null) {
    const share = percent(weight(row, column));
    return [quoted(shown.target[row]), " attends to ", quoted(shown.source[column]), ` ${share}`];
  }
  const isTarget = row !== null;
  const others = isTarget ? shown.source : shown.target;
  const shares = others.map((word, at) => [word, isTarget ? weight(row, at) : weight(at, column)]);
  const word = quoted(isTarget ? shown.target[row] : shown.source[column]);
  const parts = [word, isTarget ? " attends to " : " is attended to by ", ...list(shares)];
  const note = isTarget ? "" : shown.unknown[column];
  return note ? [...parts, `. ${note}`] : parts;
}

// The largest shares, each a word with its percentage.
function list(shares) {
  const ranked = shares.filter(([, share]) => share > 0).sort((one, other) => other[1] - one[1]);
  if (!ranked.length) return ["nothing that reaches 1\u202f%"];
  const parts = ranked.slice(0, MOST_SAID).flatMap(([word, share], place) => {
    return [place ? ", " : "", quoted(word), ` ${percent(share)}`];
  });
  const rest = ranked.length - MOST_SAID;
  return rest > 0 ? [...parts, ` and ${rest} more`] : parts;
}
