// The page around the picture: opening, details, search, keys, zoom, export.
"use strict";

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const stage = $("stage"), panel = $("panel"), hint = $("hint"), search = $("search");
  const svg = stage.querySelector("svg");
  const boxes = new Map(), lines = new Map(), items = new Map(), parents = new Map();
  const places = new Map(); // item id -> its box on the whole picture, if shown
  let size = { width: 0, height: 0 }, zoom = 1, current = null, matches = [], at = -1;

  // What belongs to which element

  for (const g of svg.querySelectorAll("[data-box]")) boxes.set(g.dataset.box, g);
  for (const g of svg.querySelectorAll("[data-line]")) lines.set(g.dataset.line, g);
  (function walk(level, parent) {
    for (const item of level.items) {
      items.set(String(item.id), item);
      parents.set(String(item.id), parent);
      if (item.inside) walk(item.inside, String(item.id));
    }
  })(data.top, null);
  for (const g of [...boxes.values(), ...lines.values()]) {
    const title = g.querySelector(":scope > title"); // shown by us, on focus as well
    if (title) { g.hint = title.textContent; title.remove(); }
  }

  // Where everything stands

  function layOut() {
    const { drawing } = drawLevel(data.top, data.down);
    shift(drawing, MARGIN, MARGIN);
    size = { width: drawing.width + 2 * MARGIN, height: drawing.height + 2 * MARGIN };
    svg.setAttribute("viewBox", `0 0 ${number(size.width)} ${number(size.height)}`);
    const canvas = svg.querySelector(".hn-canvas");
    canvas.setAttribute("width", number(size.width));
    canvas.setAttribute("height", number(size.height));
    places.clear();
    for (const [id, item] of items) { // what is inside a closed one, too
      if (!item.inside) continue;
      boxes.get(id).classList.toggle("hn-open", item.open);
      boxes.get(id).setAttribute("aria-expanded", String(item.open));
    }
    show(drawing, "top", 0, 0, data.top);
    applyZoom();
  }

  function show(drawing, key, x, y, level) {
    for (const box of drawing.boxes) {
      const id = String(box.item.id), g = boxes.get(id);
      g.setAttribute("transform", `translate(${xy([box.x, box.y])})`);
      places.set(id, { x: x + box.x, y: y + box.y, width: box.width, height: box.height });
      if (!box.level) continue;
      const frame = g.querySelector(":scope > .hn-inside > .hn-frame");
      frame.setAttribute("width", number(box.width));
      frame.setAttribute("height", number(box.height));
      show(box.level, id, x + box.x, y + box.y, box.item.inside);
    }
    drawing.lines.forEach((points, e) => {
      const g = lines.get(lineKeys.get(level)[e]);
      if (!points || !g) return;
      const path = pathOf(points, data.down);
      for (const each of g.querySelectorAll(".hn-hit, .hn-edge")) each.setAttribute("d", path);
      g.querySelector(".hn-tip").setAttribute("d", tipOf(points[points.length - 1], data.down));
    });
  }

  // Lines are counted without those that are only named.
  const lineKeys = new Map();
  (function walk(level, key) {
    let n = 0;
    lineKeys.set(level, level.routes.map((route) => (route.length ? `${key}-${n++}` : "")));
    for (const item of level.items) if (item.inside) walk(item.inside, String(item.id));
  })(data.top, "top");

  function toggle(id, open) {
    const item = items.get(id);
    if (!item || !item.inside) return;
    item.open = open === undefined ? !item.open : open;
    const before = places.get(id);
    layOut();
    const after = places.get(id);
    if (before && after) { // what was clicked stays under the pointer
      stage.scrollLeft += (after.x - before.x) * zoom;
      stage.scrollTop += (after.y - before.y) * zoom;
    }
    if (!places.has(current)) makeCurrent(id);
  }

  function toggleAll(open) {
    for (const item of items.values()) if (item.inside) item.open = open;
    layOut();
    if (!places.has(current)) makeCurrent([...places.keys()][0]);
  }

  // Zoom

  function applyZoom() {
    svg.setAttribute("width", number(size.width * zoom));
    svg.setAttribute("height", number(size.height * zoom));
  }

  function zoomBy(factor) {
    const x = (stage.scrollLeft + stage.clientWidth / 2) / zoom;
    const y = (stage.scrollTop + stage.clientHeight / 2) / zoom;
    zoom = Math.min(4, Math.max(0.05, zoom * factor));
    applyZoom();
    stage.scrollLeft = x * zoom - stage.clientWidth / 2;
    stage.scrollTop = y * zoom - stage.clientHeight / 2;
  }

  function fit() {
    zoom = Math.min(1.25, (stage.clientWidth - 18) / size.width, (stage.clientHeight - 18) / size.height);
    zoom = Math.max(0.05, zoom);
    applyZoom();
  }

  // The card that the keys act on

  function makeCurrent(id, focus) {
    if (current !== null && boxes.has(current)) boxes.get(current).tabIndex = -1;
    current = id;
    const g = boxes.get(id);
    if (!g) return;
    g.tabIndex = 0;
    if (!focus) return;
    g.focus({ preventScroll: true });
    reveal(id);
  }

  function reveal(id) {
    const p = places.get(id);
    if (!p) return;
    const pad = 40;
    const near = (from, extent, scroll, room) => {
      const start = from * zoom - pad, end = (from + extent) * zoom + pad;
      if (start < scroll || end - start > room) return start;
      return end > scroll + room ? end - room : scroll;
    };
    stage.scrollLeft = near(p.x, p.width, stage.scrollLeft, stage.clientWidth);
    stage.scrollTop = near(p.y, p.height, stage.scrollTop, stage.clientHeight);
  }

  function linked(id) {
    const parent = parents.get(id), level = parent === null ? data.top : items.get(parent).inside;
    const index = level.items.indexOf(items.get(id)), found = new Set();
    for (const [source, target] of level.edges) {
      if (source === index) found.add(String(level.items[target].id));
      if (target === index) found.add(String(level.items[source].id));
    }
    return found;
  }

  function move(key) {
    const from = places.get(current);
    if (!from) return;
    const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key];
    const middle = (p) => [p.x + Math.min(p.width, 400) / 2, p.y + Math.min(p.height, 60) / 2];
    const [fx, fy] = middle(from);
    const joined = linked(current);
    let best = null, least = Infinity;
    for (const [id, p] of places) {
      if (id === current) continue;
      const [x, y] = middle(p);
      const along = (x - fx) * dx + (y - fy) * dy, aside = Math.abs((x - fx) * dy) + Math.abs((y - fy) * dx);
      if (along < 4) continue;
      // Along an edge first, and what lies ahead before what lies beside.
      const cost = along + 2.5 * aside + (aside > 1.2 * along ? 1e5 : 0) - (joined.has(id) ? 1e6 : 0);
      if (cost < least) [best, least] = [id, cost];
    }
    if (best !== null) makeCurrent(best, true);
  }

  function act(id) {
    if (items.get(id).inside) toggle(id);
    else details(id);
  }

  // Details

  function element(tag, text, kind) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text; // never markup: users wrote it
    if (kind) made.className = kind;
    return made;
  }

  function details(id) {
    const item = data.items[id];
    for (const g of svg.querySelectorAll(".hn-picked")) g.classList.remove("hn-picked");
    boxes.get(id).classList.add("hn-picked");
    panel.replaceChildren();
    const close = element("button", "×", "close");
    close.type = "button";
    close.setAttribute("aria-label", "Close details");
    close.addEventListener("click", closePanel);
    const names = { inputs: "Inputs", bound: "Bound inputs", entry: "Input of the nested pipeline", exit: "Output of the nested pipeline" };
    panel.append(close, element("h2", item.title || names[item.kind]));
    panel.append(element("p", [item.path !== item.title ? item.path : "", ...item.badges, item.run || "", item.where || ""].filter(Boolean).join(" · ")));
    const list = (title, rows) => {
      if (!rows.length) return;
      const ul = element("ul");
      for (const [name, type, note] of rows) {
        const li = element("li", name);
        li.append(element("span", (type ? ": " + type : "") + (note ? " " + note : "")));
        ul.append(li);
      }
      panel.append(element("h3", title), ul);
    };
    if (item.doc) panel.append(element("h3", "Docstring"), element("p", item.doc, "doc"));
    list("Reads", item.reads);
    list(item.title ? "Makes" : "Values", item.values);
    if (item.source) {
      const pre = element("pre", item.source);
      pre.tabIndex = 0;
      pre.setAttribute("aria-label", "Source");
      panel.append(element("h3", "Source"), pre);
    }
    panel.hidden = false;
    makeCurrent(id);
  }

  function closePanel() {
    const inside = panel.contains(document.activeElement);
    panel.hidden = true;
    for (const g of svg.querySelectorAll(".hn-picked")) g.classList.remove("hn-picked");
    if (inside && current !== null) makeCurrent(current, true);
  }

  // Search

  function find() {
    const text = search.value.trim().toLowerCase();
    matches = [];
    at = -1;
    for (const [id, g] of boxes) {
      const item = data.items[id];
      const words = [item.title, item.doc || "", ...item.values.flat(), ...item.badges].join("\n").toLowerCase();
      const hit = text !== "" && words.includes(text);
      g.classList.toggle("hn-match", hit);
      if (hit) matches.push(id);
    }
    svg.classList.toggle("hn-searched", text !== "");
    $("found").textContent = text === "" ? "" : matches.length === 1 ? "1 found" : `${matches.length} found`;
  }

  function nextMatch(step) {
    if (!matches.length) return;
    at = (at + step + matches.length) % matches.length;
    const id = matches[at];
    let changed = false;
    for (let up = parents.get(id); up !== null; up = parents.get(up)) {
      const item = items.get(up);
      changed = changed || !item.open;
      item.open = true;
    }
    if (changed) layOut();
    makeCurrent(id);
    reveal(id);
    details(id);
    $("found").textContent = `${at + 1} of ${matches.length}`;
  }

  // Hints and neighbours

  function showHint(g, x, y) {
    hint.textContent = g.hint;
    hint.hidden = !g.hint;
    const box = hint.getBoundingClientRect();
    hint.style.left = Math.max(4, Math.min(x + 12, innerWidth - box.width - 8)) + "px";
    hint.style.top = (y + box.height + 24 > innerHeight ? Math.max(4, y - box.height - 10) : y + 16) + "px";
  }

  function near(id) {
    for (const g of svg.querySelectorAll(".hn-near")) g.classList.remove("hn-near");
    if (id === null) return;
    const parent = parents.get(id);
    const level = parent === null ? data.top : items.get(parent).inside;
    const index = level.items.indexOf(items.get(id));
    level.edges.forEach(([source, target], e) => {
      const g = lines.get(lineKeys.get(level)[e]);
      if (g && (source === index || target === index)) g.classList.add("hn-near");
    });
  }

  // Export

  function exported() {
    const copy = svg.cloneNode(true);
    for (const g of copy.querySelectorAll(".hn-box")) {
      const open = g.classList.contains("hn-open");
      const gone = g.querySelector(open ? ":scope > .hn-shut" : ":scope > .hn-inside");
      if (gone) gone.remove();
      const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
      title.textContent = boxes.get(g.dataset.box).hint || "";
      g.prepend(title);
      for (const name of ["data-box", "role", "tabindex", "aria-label", "aria-expanded"]) g.removeAttribute(name);
    }
    for (const each of copy.querySelectorAll(".hn-hit, .hn-grip")) each.remove();
    for (const g of copy.querySelectorAll(".hn-line")) g.removeAttribute("data-line");
    for (const g of copy.querySelectorAll(".hn-near, .hn-match, .hn-picked")) g.classList.remove("hn-near", "hn-match", "hn-picked");
    copy.classList.remove("hn-searched");
    copy.setAttribute("role", "img");
    copy.setAttribute("width", number(size.width));
    copy.setAttribute("height", number(size.height));
    return new XMLSerializer().serializeToString(copy);
  }

  function save() {
    const url = URL.createObjectURL(new Blob([exported()], { type: "image/svg+xml" }));
    const link = element("a");
    link.href = url;
    link.download = (data.title.replace(/[^\p{L}\p{N}_-]+/gu, "_").slice(0, 80) || "pipeline") + ".svg";
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }

  // Events

  const boxOf = (event) => event.target.closest("[data-box]");
  svg.addEventListener("click", (event) => {
    const g = boxOf(event);
    if (!g || dragged) return;
    const id = g.dataset.box, item = items.get(id);
    if (item.inside && item.open && !event.target.closest(".hn-grip")) return;
    hint.hidden = true; // what it was about may move
    makeCurrent(id, true);
    act(id);
  });
  svg.addEventListener("pointermove", (event) => {
    const g = event.target.closest("[data-line]") || boxOf(event);
    if (g && !dragging) showHint(g, event.clientX, event.clientY);
    else hint.hidden = true;
    for (const each of svg.querySelectorAll(".hn-near")) each.classList.remove("hn-near");
    if (g && g.dataset.line) g.classList.add("hn-near");
    else if (g) near(g.dataset.box);
  });
  svg.addEventListener("pointerleave", () => { hint.hidden = true; near(null); });
  svg.addEventListener("focusin", (event) => { const g = boxOf(event); if (g) near(g.dataset.box); });
  svg.addEventListener("focusout", () => near(null));
  svg.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const g = boxOf(event);
    if (!g) return;
    if (event.key.startsWith("Arrow")) move(event.key);
    else if (event.key === "Enter" || event.key === " ") act(g.dataset.box);
    else if (event.key === "Home") makeCurrent([...places.keys()][0], true);
    else return;
    event.preventDefault();
  });
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") nextMatch(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") { search.value = ""; find(); makeCurrent(current, true); event.stopPropagation(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === search) return;
    if (event.key === "/") { search.focus(); search.select(); event.preventDefault(); }
    else if (event.key === "Escape") { hint.hidden = true; closePanel(); }
    else if (event.key === "+" || event.key === "=") zoomBy(1.25);
    else if (event.key === "-") zoomBy(0.8);
    else if (event.key === "0") fit();
  });
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomBy(event.deltaY < 0 ? 1.1 : 1 / 1.1);
  }, { passive: false });

  let dragging = null, dragged = false;
  stage.addEventListener("pointerdown", (event) => {
    dragged = false;
    if (event.button === 0 && event.pointerType === "mouse") dragging = [event.clientX, event.clientY, stage.scrollLeft, stage.scrollTop];
  });
  addEventListener("pointermove", (event) => {
    if (!dragging) return;
    const dx = event.clientX - dragging[0], dy = event.clientY - dragging[1];
    if (Math.abs(dx) + Math.abs(dy) > 5) { dragged = true; stage.classList.add("dragging"); }
    if (dragged) { stage.scrollLeft = dragging[2] - dx; stage.scrollTop = dragging[3] - dy; }
  });
  addEventListener("pointerup", () => { dragging = null; stage.classList.remove("dragging"); });

  $("open-all").addEventListener("click", () => toggleAll(true));
  $("close-all").addEventListener("click", () => toggleAll(false));
  const nested = [...items.values()].some((item) => item.inside);
  $("open-all").hidden = $("close-all").hidden = !nested;
  $("larger").addEventListener("click", () => zoomBy(1.25));
  $("smaller").addEventListener("click", () => zoomBy(0.8));
  $("fit").addEventListener("click", fit);
  $("export").addEventListener("click", save);

  layOut();
  if (size.width * size.height > 0) {
    const whole = Math.min((stage.clientWidth - 18) / size.width, (stage.clientHeight - 18) / size.height);
    zoom = Math.min(1, Math.max(0.55, whole)); // readable first, whole second
    applyZoom();
  }
  const first = [...places.keys()];
  if (first.length) makeCurrent(first[0]);
  document.documentElement.dataset.ready = "yes";
})();
