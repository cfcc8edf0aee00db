
"use strict";
for (const state of document.querySelectorAll("main")) {
  const buttons = [...state.querySelectorAll("nav button")];
  const sections = [...state.querySelectorAll("section")];
  const show = (role) => {
    for (const section of sections) section.hidden = role !== "" && section.dataset.role !== role;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.role === role));
  };
  for (const button of buttons) button.addEventListener("click", () => show(button.dataset.role));
  const search = state.querySelector("input");
  if (search) search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase();
    for (const button of buttons) button.parentElement.hidden = !button.dataset.role.toLowerCase().includes(wanted) && button.dataset.role !== "";
  });
}
const toggles = [...document.querySelectorAll("[data-show]")];
const turn = (name) => {
  for (const state of document.querySelectorAll("main")) state.hidden = state.dataset.state !== name;
  for (const toggle of toggles) toggle.setAttribute("aria-pressed", String(toggle.dataset.show === name));
};
for (const toggle of toggles) toggle.addEventListener("click", () => turn(toggle.dataset.show));
if (toggles.length > 0) turn("before");
if (toggles.length === 0) for (const heading of document.querySelectorAll("h2.state")) heading.hidden = true;
