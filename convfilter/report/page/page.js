
"use strict";
(() => {
  const PAGE_ROWS = 50;
  const GALLERY_STEP = 12;
  const TINY_PX = 64;
  const TALLEST = "24rem";
  const STATUSES = ["failed", "done", "skipped"];
  const by_id = (id) => document.getElementById(id);
  document.documentElement.classList.add("with-scripts");

  // ---- the data: what rows.py wrote, in its order

  const rows = [];
  for (const part of document.querySelectorAll("script.rows")) {
    for (const row of JSON.parse(part.textContent)) {
      rows.push(as_object(row, rows.length));
    }
  }
  const folder = common_folder(rows);
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  function as_object(row, index) {
    const [status, source, output, source_kind, source_shape, output_kind, output_shape,
      frames, ms, notes, error, error_name, shown] = row;
    const [read, filter, write] = ms;
    return {
      index, source, output, source_kind, source_shape, output_kind, output_shape, frames,
      read, filter, write, notes, error, error_name, status,
      name: source,
      shown: shown === 1,
      before: pixels(source_shape),
      after: pixels(output_shape),
      mpx: (pixels(source_shape) * frames) / 1e6,
      all: read + filter + write,
      text: null,
    };
  }

  function pixels(shape) {
    return shape.length ? shape[0] * shape[1] : 0;
  }

  function common_folder(all) {
    if (all.length < 2) {
      return "";
    }
    let common = all[0].source.slice(0, all[0].source.lastIndexOf("/") + 1);
    for (const { source } of all) {
      while (!source.startsWith(common)) {
        common = common.slice(0, common.slice(0, -1).lastIndexOf("/") + 1);
      }
    }
    return common;
  }

  // ---- words

  function number(value, digits) {
    return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  function shape_words(shape, kind) {
    return shape.length ? `${shape.join("×")} ${kind}` : "";
  }

  function mpx_words(row) {
    if (row.mpx > 0 && row.mpx < 0.001) {
      return "<0.001";
    }
    return row.mpx ? number(row.mpx, row.mpx < 0.1 ? 3 : row.mpx < 10 ? 2 : 1) : "";
  }

  function ms_words(row, key) {
    return STATUSES[row.status] === "done" ? number(row[key], row[key] < 100 ? 1 : 0) : "";
  }

  function times_words(row) {
    return STATUSES[row.status] === "done"
      ? ["read", "filter", "write"].map((key) => `${key} ${ms_words(row, key)} ms`).join(", ") : "";
  }

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      made.setAttribute(key, value);
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  // ---- two pictures in one box, and what divides them

  function pair_of(row) {
    const [before, after] = JSON.parse(by_id(`pair-${row.index}`).textContent);
    const box = element("div", { class: "box" });
    const aspect = aspect_of(row);
    box.style.aspectRatio = String(aspect);
    box.style.maxWidth = `calc(${TALLEST} * ${aspect})`;
    if (Math.max(...row.source_shape.slice(0, 2)) <= TINY_PX) {
      box.classList.add("tiny");
    }
    const slider = element("input", {
      type: "range", min: "0", max: "100", step: "1", value: "50",
      "aria-label": `${short(row.source)}: how much of it is shown as it was before`,
    });
    box.append(side(after, "after"), side(before, "before"),
      element("span", { class: "tag left" }, "before"), element("span", { class: "tag right" }, "after"),
      element("span", { class: "line" }), slider);
    slider.addEventListener("input", () => cut(box, slider));
    follow_pointer(box, slider);
    cut(box, slider);
    return box;
  }

  function aspect_of(row) {
    const [height, width] = row.source_shape;
    return height && width ? width / height : 4 / 3;
  }

  function side(address, which) {
    if (address === null) {
      return element("span", { class: `missing ${which}` }, "no picture");
    }
    return element("img", { class: which, src: address, alt: which, draggable: "false", decoding: "async" });
  }

  function cut(box, slider) {
    box.style.setProperty("--cut", `${slider.value}%`);
    box.classList.toggle("at-left", slider.value < 22);
    box.classList.toggle("at-right", slider.value > 78);
    slider.setAttribute("aria-valuetext", `${slider.value} % before`);
  }

  // The slider itself, invisible, is for the keyboard: in some browsers a finger moves it by its knob only.
  function follow_pointer(box, slider) {
    const move = (event) => {
      const { left, width } = box.getBoundingClientRect();
      slider.value = String(Math.round((100 * (event.clientX - left)) / width));
      cut(box, slider);
    };
    box.addEventListener("pointerdown", (event) => {
      if (event.button === 0) {
        box.setPointerCapture(event.pointerId);
        move(event);
      }
    });
    box.addEventListener("pointermove", (event) => {
      if (box.hasPointerCapture(event.pointerId)) {
        move(event);
      }
    });
    box.addEventListener("click", () => slider.focus({ preventScroll: true, focusVisible: false }));
  }

  function short(path) {
    return path.slice(folder.length);
  }

  // ---- the pictures at the top

  const gallery = by_id("gallery");
  const more = by_id("more");
  const with_pair = rows.filter((row) => row.shown);
  let in_gallery = 0;

  function show_more() {
    for (const row of with_pair.slice(in_gallery, in_gallery + GALLERY_STEP)) {
      const shapes = `${shape_words(row.source_shape, row.source_kind)} → `
        + shape_words(row.output_shape, row.output_kind);
      const figure = element("figure", { class: "pair" }, pair_of(row),
        element("figcaption", {}, element("bdi", { class: "path" }, short(row.source)),
          element("span", { class: "dim" }, shapes)));
      figure.style.setProperty("--share", String(Math.min(2.4, Math.max(0.7, aspect_of(row)))));
      gallery.append(figure);
    }
    in_gallery = Math.min(in_gallery + GALLERY_STEP, with_pair.length);
    const left = with_pair.length - in_gallery;
    more.hidden = left === 0;
    more.textContent = `Show ${Math.min(left, GALLERY_STEP)} of ${number(left, 0)} more`;
  }

  if (gallery) {
    more.addEventListener("click", show_more);
    show_more();
  }

  // ---- the table

  const state = { words: [], status: "all", by: "", descending: false, page: 0 };
  const opened = new Set();
  const heads = [...document.querySelectorAll("th button")];
  const body = by_id("rows");
  let chosen = [];

  function searched(row) {
    if (row.text === null) {
      row.text = [row.source, row.output, shape_words(row.source_shape, row.source_kind),
        shape_words(row.output_shape, row.output_kind), row.error, row.error_name, STATUSES[row.status],
        ...row.notes].join("\n").toLowerCase();
    }
    return row.text;
  }

  function choose() {
    chosen = rows.filter((row) => (state.status === "all" || STATUSES[row.status] === state.status)
      && state.words.every((word) => searched(row).includes(word)));
    const sign = state.descending ? -1 : 1;
    const key = state.by || "status";
    const compare = key === "name"
      ? (a, b) => collator.compare(a.source, b.source)
      : state.by ? (a, b) => a[key] - b[key] : (a, b) => (a.status === 0 ? 0 : 1) - (b.status === 0 ? 0 : 1);
    chosen.sort((a, b) => sign * compare(a, b) || a.index - b.index);
    state.page = 0;
    show();
  }

  function show() {
    const first = state.page * PAGE_ROWS;
    const shown = chosen.slice(first, first + PAGE_ROWS);
    body.replaceChildren(...shown.flatMap((row) => (
      opened.has(row.index) ? [line_of(row), detail_of(row)] : [line_of(row)])));
    if (!shown.length) {
      body.append(element("tr", { role: "row" },
        cell("Nothing matches.", { class: "empty", colspan: String(heads.length) })));
    }
    const last = first + shown.length;
    by_id("place").textContent = chosen.length
      ? `${number(first + 1, 0)}–${number(last, 0)} of ${number(chosen.length, 0)}` : "0 of 0";
    by_id("previous").disabled = state.page === 0;
    by_id("next").disabled = last >= chosen.length;
    for (const head of heads) {
      const sorted = head.dataset.by === state.by ? (state.descending ? "descending" : "ascending") : "none";
      head.parentElement.setAttribute("aria-sort", sorted);
    }
    body.parentElement.dataset.by = state.by;
    by_id("order").value = state.by;
    by_id("turn").textContent = state.descending ? "↓" : "↑";
  }

  function line_of(row) {
    const status = STATUSES[row.status];
    const line = element("tr", { role: "row", class: status, "data-row": String(row.index) },
      cell(name_of(row)), cell(element("span", { class: `status ${status}` }, status)));
    if (row.error) {
      line.append(cell(reason(row), { class: "message", colspan: String(heads.length - 2) }));
      return line;
    }
    line.append(
      cell(shape_words(row.source_shape, row.source_kind), { class: "number" }),
      cell(shape_words(row.output_shape, row.output_kind), { class: "number", "data-label": "→" }),
      cell(mpx_words(row), { class: "number", "data-unit": "Mpx" }),
      ...["read", "filter", "write"].map((key) => (
        cell(ms_words(row, key), { class: `number ${key}`, "data-label": key, "data-unit": "ms" }))),
      cell(ms_words(row, "all"), { class: "number", "data-unit": "ms" }));
    return line;
  }

  function cell(content, attributes = {}) {
    return element("td", { role: "cell", ...attributes }, content);
  }

  function reason(row) {
    const start = `${row.source}: `;
    return row.error.startsWith(start) ? row.error.slice(start.length) : row.error;
  }

  function name_of(row) {
    const path = short(row.source);
    const slash = path.lastIndexOf("/") + 1;
    const button = element("button", {
      type: "button", class: "name", "aria-expanded": String(opened.has(row.index)),
    }, element("bdi", {}, element("span", { class: "folder" }, path.slice(0, slash)), path.slice(slash)));
    button.addEventListener("click", () => open_or_close(row, button));
    return button;
  }

  function open_or_close(row, button) {
    const line = button.closest("tr");
    if (opened.delete(row.index)) {
      line.nextElementSibling.remove();
    } else {
      opened.add(row.index);
      line.after(detail_of(row));
    }
    button.setAttribute("aria-expanded", String(opened.has(row.index)));
  }

  function detail_of(row) {
    const frames = row.frames > 1 ? `${number(row.frames, 0)}, each by itself` : "";
    const facts = [["from", row.source], [row.error ? "planned" : "to", row.output],
      ["before", shape_words(row.source_shape, row.source_kind)],
      ["after", shape_words(row.output_shape, row.output_kind)], ["frames", frames],
      ["time", times_words(row)],
      ...row.notes.map((note) => ["note", note]), ["error", row.error_name]];
    const list = element("dl", {}, ...facts.filter(([, value]) => value).map(([label, value]) => (
      element("div", {}, element("dt", {}, label), element("dd", {}, element("bdi", {}, value))))));
    const figure = row.shown ? element("figure", { class: "pair" }, pair_of(row)) : null;
    return element("tr", { role: "row", class: "detail" },
      cell(element("div", { class: "more" }, figure, list), { colspan: String(heads.length) }));
  }

  // ---- what people do

  // Texts begin at their start, numbers at the largest: the slowest is what one looks for.
  function sort_by(key) {
    const numeric = !["name", "status"].includes(key);
    if (state.by !== key) {
      [state.by, state.descending] = [key, numeric];
    } else if (state.descending === numeric) {
      state.descending = !numeric;
    } else {
      [state.by, state.descending] = ["", false];
    }
    choose();
  }

  function turn_page(step) {
    state.page += step;
    show();
    by_id("all").scrollIntoView({ block: "start" });
  }

  for (const head of heads) {
    head.addEventListener("click", () => sort_by(head.dataset.by));
  }
  by_id("find").addEventListener("input", (event) => {
    state.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    choose();
  });
  for (const choice of document.querySelectorAll("input[name=status]")) {
    choice.addEventListener("change", () => {
      state.status = choice.value;
      choose();
    });
  }
  by_id("order").addEventListener("change", (event) => {
    const key = event.target.value;
    [state.by, state.descending] = [key, !["", "name", "status"].includes(key)];
    choose();
  });
  by_id("turn").addEventListener("click", () => {
    state.descending = !state.descending;
    choose();
  });
  document.querySelector("form.controls").addEventListener("submit", (event) => event.preventDefault());
  by_id("previous").addEventListener("click", () => turn_page(-1));
  by_id("next").addEventListener("click", () => turn_page(1));
  choose();
})();
