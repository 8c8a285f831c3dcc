"use strict";
const dialog = document.querySelector("dialog");
const pair = dialog.querySelector(".pair");
const before = dialog.querySelector(".before");
const after = dialog.querySelector(".after");
const slider = dialog.querySelector("input");
const buttons = [...document.querySelectorAll("button.picture")];
const original = document.querySelector("#original");
let shown = 0;

function place(share) {
  slider.value = share;
  pair.style.setProperty("--at", `${share}%`);
}

function size() {
  // As large as there is room for, but not larger than the pixels are, unless it is tiny.
  const wide = after.naturalWidth, tall = after.naturalHeight;
  const room = [dialog.clientWidth - 48, Math.max(160, window.innerHeight * 0.98 - 200)];
  const most = document.body.classList.contains("tiny") ? Infinity : 1;
  const scale = Math.min(room[0] / wide, room[1] / tall, most);
  pair.style.setProperty("width", `${Math.round(wide * scale)}px`);
  pair.style.setProperty("height", `${Math.round(tall * scale)}px`);
}

function lineUp(words) {
  // The part of the picture that the result lies over, as shares of the picture; all of it where unknown.
  const [left, top, wide, tall] = (words || "0 0 1 1").split(" ").map(Number);
  pair.style.setProperty("--left", `${-100 * left / wide}%`);
  pair.style.setProperty("--top", `${-100 * top / tall}%`);
  pair.style.setProperty("--wide", `${100 / wide}%`);
  pair.style.setProperty("--tall", `${100 / tall}%`);
}

async function show(number) {
  shown = (number + buttons.length) % buttons.length;
  const button = buttons[shown];
  const image = button.querySelector("img");
  const card = button.closest("li");
  dialog.querySelector("h2").textContent = card.querySelector("b").textContent;
  dialog.querySelector(".words").textContent =
    [...card.querySelectorAll(".caption span")].map((line) => line.textContent).join(" · ");
  after.src = button.dataset.large || image.src;
  before.src = original.src;
  for (const each of [before, after]) each.classList.toggle("clear", image.classList.contains("clear"));
  lineUp(button.dataset.place);
  if (!dialog.open) dialog.showModal();
  await Promise.all([before.decode(), after.decode()]).catch(() => {});
  size();
}

function drag(event) {
  const box = pair.getBoundingClientRect();
  place(Math.round(100 * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))));
}

buttons.forEach((button, number) => button.addEventListener("click", () => { place(50); show(number); }));
slider.addEventListener("input", () => place(slider.value));
pair.addEventListener("pointerdown", (event) => { pair.setPointerCapture(event.pointerId); drag(event); });
pair.addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });
dialog.querySelector(".previous").addEventListener("click", () => show(shown - 1));
dialog.querySelector(".next").addEventListener("click", () => show(shown + 1));
dialog.querySelector(".close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => buttons[shown].focus());
dialog.addEventListener("keydown", (event) => {
  if (event.target === slider) return;
  if (event.key === "ArrowLeft") show(shown - 1);
  if (event.key === "ArrowRight") show(shown + 1);
});
window.addEventListener("resize", () => { if (dialog.open) size(); });
