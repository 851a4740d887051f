// Coordinates of a level, as in place.py and geometry.py: same names, same numbers.
"use strict";

const GAP_ITEM = 18, GAP_BEND = 12, RANK_GAP = 42, STEEP = 0.14, STEEP_MAX = 70, ROUNDS = 8;
const BEND_WEIGHT = 4, SNAP = 26, PORT_MOVE = 10, PORT_GAP = 6, PORT_EDGE = 7;
const MARGIN = 16, INNER = 16, TAB_INSET = 12, TIP = 7;

const outOffset = (size, out) => (out === null ? size.v / 2 : size.outs[out]);

function inOffset(size, into, [n, of]) {
  if (size.ins && into !== null) return size.ins[into];
  const step = Math.min(12, (size.v - 12) / of);
  return size.v / 2 + (n - (of - 1) / 2) * step;
}

function linksOf(level, sizes) {
  const links = [], seen = new Set(), count = sizes.length;
  level.routes.forEach((route, e) => {
    const [, , out, into] = level.edges[e];
    for (let n = 0; n + 1 < route.length; n++) {
      const a = route[n], b = route[n + 1];
      if (n !== route.length - 2) {
        const key = a + " " + b;
        if (seen.has(key)) continue;
        seen.add(key);
      }
      links.push({
        a, b,
        out: a < count ? outOffset(sizes[a], out) : 0,
        into: b < count ? inOffset(sizes[b], into, level.ports[e]) : 0,
        weight: a >= count && b >= count ? BEND_WEIGHT : 1,
      });
    }
  });
  return links;
}

function place(level, sizes) {
  const count = sizes.length;
  let slots = 0;
  for (const rank of level.ranks) for (const slot of rank) slots = Math.max(slots, slot + 1);
  const links = linksOf(level, sizes);
  const before = Array.from({ length: slots }, () => []);
  const after = Array.from({ length: slots }, () => []);
  for (const link of links) { after[link.a].push(link); before[link.b].push(link); }
  const v = new Array(slots).fill(0);
  const extent = (slot) => (slot < count ? sizes[slot].v : 0);
  const gap = (a, b) => (a >= count || b >= count ? GAP_BEND : GAP_ITEM);

  function settle(rank, wanted, weights) {
    let offset = 0;
    const offsets = [], pools = [];
    rank.forEach((slot, i) => {
      if (i) offset += extent(rank[i - 1]) + gap(rank[i - 1], slot);
      offsets.push(offset);
      let mean = wanted[i] - offset, weight = weights[i], size = 1;
      while (pools.length && pools[pools.length - 1][0] > mean) {
        const [other, heavy, more] = pools.pop();
        mean = (mean * weight + other * heavy) / (weight + heavy);
        weight += heavy;
        size += more;
      }
      pools.push([mean, weight, size]);
    });
    let i = 0;
    for (const [mean, , size] of pools)
      for (let k = 0; k < size; k++, i++) v[rank[i]] = mean + offsets[i];
  }

  function pull(rank, useBefore, useAfter) {
    const wanted = [], weights = [];
    for (const slot of rank) {
      let total = 0, weight = 0;
      if (useBefore) for (const l of before[slot]) {
        total += (v[l.a] + l.out - l.into) * l.weight;
        weight += l.weight;
      }
      if (useAfter) for (const l of after[slot]) {
        total += (v[l.b] + l.into - l.out) * l.weight;
        weight += l.weight;
      }
      wanted.push(weight ? total / weight : v[slot]);
      weights.push(weight || 0.1);
    }
    settle(rank, wanted, weights);
  }

  function snap(rank, forward) {
    rank.forEach((slot, i) => {
      const near = (forward ? before : after)[slot];
      if (near.length !== 1 || (!forward && slot < count && before[slot].length)) return;
      const l = near[0];
      const other = forward ? v[l.a] + l.out - l.into : v[l.b] + l.into - l.out;
      if (Math.abs(other - v[slot]) > SNAP) return;
      let low = other, high = other;
      if (i) low = v[rank[i - 1]] + extent(rank[i - 1]) + gap(rank[i - 1], slot);
      if (i + 1 < rank.length) high = v[rank[i + 1]] - extent(slot) - gap(slot, rank[i + 1]);
      if (low <= other && other <= high) v[slot] = other;
    });
  }

  const ranks = level.ranks, reversed = [...ranks].reverse();
  for (const rank of ranks) settle(rank, rank.map(() => 0), rank.map(() => 1));
  for (let turn = 0; turn < ROUNDS; turn++) {
    const both = turn >= Math.floor(ROUNDS / 2);
    for (const rank of ranks) pull(rank, true, both);
    for (const rank of reversed) pull(rank, both, true);
  }
  for (const rank of ranks) snap(rank, true);
  for (const rank of reversed) snap(rank, false);
  const placed = extentOf(level, links, sizes, v);
  placed.into = straighten(level, sizes, v);
  return placed;
}

function straighten(level, sizes, v) {
  const into = new Array(level.edges.length).fill(0), arriving = new Map();
  level.routes.forEach((route, e) => {
    if (!route.length) return;
    const target = route[route.length - 1];
    into[e] = inOffset(sizes[target], level.edges[e][3], level.ports[e]);
    if (sizes[target].ins) return;
    if (!arriving.has(target)) arriving.set(target, []);
    arriving.get(target).push(e);
  });
  for (const [target, edges] of arriving) {
    edges.sort((a, b) => level.ports[a][0] - level.ports[b][0]);
    edges.forEach((e, n) => {
      const a = level.routes[e][level.routes[e].length - 2];
      const from = v[a] + (a < sizes.length ? outOffset(sizes[a], level.edges[e][2]) : 0);
      const offset = from - v[target];
      const low = n ? into[edges[n - 1]] + PORT_GAP : PORT_EDGE;
      let high = sizes[target].v - PORT_EDGE;
      if (n + 1 < edges.length) high = into[edges[n + 1]] - PORT_GAP;
      if (Math.abs(offset - into[e]) <= PORT_MOVE && low <= offset && offset <= high) into[e] = offset;
    });
  }
  return into;
}

function extentOf(level, links, sizes, v) {
  const rankOf = new Array(v.length).fill(0);
  level.ranks.forEach((rank, r) => rank.forEach((slot) => { rankOf[slot] = r; }));
  let top = v.length ? Infinity : 0;
  for (const each of v) top = Math.min(top, each);
  for (let i = 0; i < v.length; i++) v[i] -= top;
  const steep = level.ranks.map(() => 0);
  for (const l of links) {
    const rise = Math.abs(v[l.a] + l.out - v[l.b] - l.into);
    steep[rankOf[l.a]] = Math.max(steep[rankOf[l.a]], rise);
  }
  const placed = { u: new Array(v.length).fill(0), v, ranks: rankOf, starts: [], ends: [], width: 0, height: 0 };
  let start = 0;
  level.ranks.forEach((rank, r) => {
    let extent = 0;
    for (const slot of rank)
      if (slot < sizes.length) extent = Math.max(extent, sizes[slot].u + sizes[slot].inset);
    for (const slot of rank) {
      placed.u[slot] = start;
      placed.height = Math.max(placed.height, v[slot]);
      if (slot < sizes.length) {
        const size = sizes[slot];
        placed.u[slot] = start + (size.end ? extent - size.u : size.inset);
        placed.height = Math.max(placed.height, v[slot] + size.v);
      }
    }
    placed.starts.push(start);
    placed.ends.push(start + extent);
    placed.width = start + extent;
    start += extent + RANK_GAP + Math.min(STEEP_MAX, steep[r] * STEEP);
  });
  return placed;
}

// A drawing: boxes [{item, x, y, width, height, level}] and lines [points or null], per level.
function drawLevel(level, down) {
  const turn = (u, v) => (down ? [v, u] : [u, v]);
  const sizes = [], inner = [];
  level.items.forEach((item) => {
    let size;
    if (item.inside && item.open) {
      const [drawing, frame] = drawFrame(item, down);
      inner.push(drawing);
      size = frame;
    } else {
      inner.push(null);
      size = cardSize(item, down);
    }
    size.end = item.kind === "inputs" || item.kind === "bound" || item.kind === "exit";
    size.inset = level.entries.length && item.kind === "bound" ? TAB_INSET : 0;
    sizes.push(size);
  });
  const placed = place(level, sizes);
  const boxes = level.items.map((item, i) => {
    const [x, y] = turn(placed.u[i], placed.v[i]);
    const [width, height] = turn(sizes[i].u, sizes[i].v);
    return { item, x, y, width, height, level: inner[i] };
  });
  const lines = level.edges.map((edge, e) => {
    const route = level.routes[e];
    if (!route.length) return null;
    const [source, target, out] = edge;
    let v = placed.v[source] + outOffset(sizes[source], out), r = placed.ranks[source];
    const points = [[placed.u[source] + sizes[source].u, v], [placed.ends[r], v]];
    for (const slot of route.slice(1, -1)) {
      r += 1;
      points.push([placed.starts[r], placed.v[slot]], [placed.ends[r], placed.v[slot]]);
    }
    v = placed.v[target] + placed.into[e];
    points.push([placed.starts[r + 1], v], [placed.u[target], v]);
    return points.map(([a, b]) => turn(a, b));
  });
  const [width, height] = turn(placed.width, placed.height);
  return { drawing: { boxes, lines, width, height }, placed };
}

function cardSize(item, down) {
  if (!down) return { u: item.w, v: item.h, outs: item.outs, ins: null };
  const step = item.w / (item.outs.length + 1);
  const order = [...item.outs].sort((a, b) => a - b);
  return { u: item.h, v: item.w, outs: item.outs.map((o) => step * (order.indexOf(o) + 1)), ins: null };
}

function drawFrame(item, down) {
  const level = item.inside;
  const { drawing, placed } = drawLevel(level, down);
  const before = level.entries.length ? 0 : INNER, after = level.exits.length ? 0 : INNER;
  let size, du, dv;
  if (down) {
    const first = level.ranks.length ? Math.min(...level.ranks[0].map((k) => placed.v[k])) : 0;
    dv = INNER + (level.entries.length ? Math.max(0, item.hw - INNER - first) : 0);
    du = level.entries.length ? before : item.hh;
    size = { u: placed.width + du + after, v: Math.max(placed.height + dv + INNER, item.hw) };
    shift(drawing, dv, du);
  } else {
    [du, dv] = [before, item.hh];
    size = { u: Math.max(placed.width + before + after, item.hw), v: placed.height + dv + INNER };
    shift(drawing, du, dv);
    const spare = size.u - (placed.width + before + after);
    if (spare > 0) {
      const exits = new Set(level.exits);
      for (const i of exits) drawing.boxes[i].x += spare;
      level.edges.forEach(([, target], e) => {
        if (exits.has(target) && drawing.lines[e]) drawing.lines[e][drawing.lines[e].length - 1][0] += spare;
      });
    }
  }
  const half = (k) => (down ? level.items[k].w : level.items[k].h) / 2;
  size.ins = level.entries.map((k) => dv + placed.v[k] + half(k));
  size.outs = level.exits.map((k) => dv + placed.v[k] + half(k));
  return [drawing, size];
}

function shift(drawing, dx, dy) {
  for (const box of drawing.boxes) { box.x += dx; box.y += dy; }
  for (const line of drawing.lines) if (line) for (const point of line) { point[0] += dx; point[1] += dy; }
}

const number = (value) => String(Math.round(value * 10) / 10);
const xy = ([x, y]) => number(x) + " " + number(y);

function pathOf(points, down) {
  const ends = points.map((point) => [...point]);
  ends[ends.length - 1][down ? 1 : 0] -= TIP - 1;
  const same = (a, b) => a[0] === b[0] && a[1] === b[1];
  let path = "M" + xy(ends[0]);
  if (!same(ends[0], ends[1])) path += "L" + xy(ends[1]);
  for (let i = 1; i + 2 < ends.length; i += 2) {
    const [a, b, c] = [ends[i], ends[i + 1], ends[i + 2]], axis = down ? 1 : 0;
    const middle = (a[axis] + b[axis]) / 2;
    if (a[1 - axis] === b[1 - axis]) path += "L" + xy(b);
    else if (down) path += "C" + xy([a[0], middle]) + " " + xy([b[0], middle]) + " " + xy(b);
    else path += "C" + xy([middle, a[1]]) + " " + xy([middle, b[1]]) + " " + xy(b);
    if (!same(b, c)) path += "L" + xy(c);
  }
  return path;
}

function tipOf([x, y], down) {
  const corners = down ? [[x - 3.6, y - TIP], [x, y], [x + 3.6, y - TIP]] : [[x - TIP, y - 3.6], [x, y], [x - TIP, y + 3.6]];
  return "M" + corners.map(xy).join("L") + "Z";
}
