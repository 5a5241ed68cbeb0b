// The architecture as a drawing: boxes are resources, dashed lines what hands work to what, coloured ones calls that
// were seen. What is called at this moment lights up.

import { count, html, kindOf, useCalls, useEffect, useMemo, useRef, useState } from './lib.js'
import { drawing, kindGlyph } from './glyphs.js'
import { Graph, layout } from './vendor/dagre.js'

const HEIGHT = 50, MARGIN = 14, GAP = 16, BACK = 12, LIT_MS = 900, NARROW_PX = 720
const GLYPH = 30 // the field at a box's left that has its drawing
const LETTER = 7.6, SMALL_LETTER = 6 // the width of one, about

export const labelOf = node => node.logical_id || node.name
const kindIn = node => node.type === 'person' ? 'caller' : kindOf(node.type)
const idOf = line => line.from + line.to
const lastOf = arn => arn.split(/[:/]/).pop()

// A text as far as a box of that width has room for it.
function cut(text, width, letter = LETTER) {
  const most = Math.floor((width - GLYPH - 10) / letter)
  return text.length > most ? text.slice(0, most - 1) + '…' : text
}

// One line for a pair, whether it is only meant to be used or was.
export function merged(edges) {
  const lines = new Map()
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`
    const line = lines.get(key) || { from: edge.from, to: edge.to, kind: 'link', calls: 0, errors: 0 }
    if (edge.kind === 'traffic') line.kind = 'traffic'
    line.calls += edge.calls
    line.errors += edge.errors
    lines.set(key, line)
  }
  return [...lines.values()]
}

// On a phone from left to right or from top to bottom, whichever is less wide.
function placed(nodes, lines, room, isNarrow) {
  const sizes = isNarrow ? { width: 148, ranksep: 44, room } : { width: 186, ranksep: 74, room }
  const across = drawn(nodes, lines, 'LR', sizes)
  if (!isNarrow) return across
  const down = drawn(nodes, lines, 'TB', sizes)
  return down.view.width < across.view.width ? down : across
}

// What is joined by lines as a graph, the rest in rows below it.
function drawn(nodes, lines, rankdir, { width, ranksep, room }) {
  const joined = new Set(lines.flatMap(line => [line.from, line.to]))
  const graph = new Graph()
  graph.setGraph({ rankdir, nodesep: GAP, ranksep })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const arn of joined) graph.setNode(arn, { width, height: HEIGHT })
  for (const line of lines) graph.setEdge(line.from, line.to)
  if (joined.size) layout(graph)
  const boxes = new Map([...joined].map(arn => [arn, graph.node(arn)]))
  const isDown = rankdir === 'TB'
  const paths = new Map(lines.map(line => {
    const { points } = graph.edge(line.from, line.to)
    return [line, route(points, boxes.get(line.from), boxes.get(line.to), { width, isDown })]
  }))
  const above = joined.size ? extent(boxes, paths, width) : { left: -MARGIN, top: -MARGIN, width: 0, height: MARGIN }
  const inRow = Math.max(1, Math.floor((Math.max(above.width, room) - 2 * MARGIN + GAP) / (width + GAP)))
  nodes.filter(node => !joined.has(node.arn)).forEach((node, at) => boxes.set(node.arn, {
    x: above.left + MARGIN + width / 2 + at % inRow * (width + GAP),
    y: above.top + above.height + HEIGHT / 2 + Math.floor(at / inRow) * (HEIGHT + GAP),
  }))
  return { width, isDown, boxes, paths, view: extent(boxes, paths, width) }
}

// All that is drawn: bends may lie outside of the boxes.
function extent(boxes, paths, width) {
  const xs = [], ys = []
  for (const { x, y } of boxes.values()) {
    xs.push(x - width / 2, x + width / 2)
    ys.push(y - HEIGHT / 2, y + HEIGHT / 2)
  }
  for (const { x, y } of [...paths.values()].flat()) {
    xs.push(x)
    ys.push(y)
  }
  const [left, top] = [Math.min(...xs) - MARGIN, Math.min(...ys) - MARGIN]
  return { left, top, width: Math.max(...xs) + MARGIN - left, height: Math.max(...ys) + MARGIN - top }
}

// From the middle of a box's side to the middle of another's, around what the layout leads it. A line back runs a
// little beside the one that leads there.
function route(points, from, to, { width, isDown }) {
  const along = isDown ? 'y' : 'x', half = (isDown ? HEIGHT : width) / 2
  const way = Math.sign(to[along] - from[along])
  const aside = way < 0 ? BACK : 0
  const end = (box, side) => isDown
    ? { x: box.x + aside, y: box.y + side * half } : { x: box.x + side * half, y: box.y + aside }
  const bends = points.slice(1, -1)
  return [end(from, way), ...(bends.length > 1 ? bends : []), end(to, -way)]
}

// A path through points that leaves and enters each in the direction of the whole.
function curve(points, isDown) {
  const at = (x, y) => `${x.toFixed(1)},${y.toFixed(1)}`
  return points.slice(1).reduce((path, to, n) => {
    const from = points[n], x = (from.x + to.x) / 2, y = (from.y + to.y) / 2
    const turns = isDown ? `${at(from.x, y)} ${at(to.x, y)}` : `${at(x, from.y)} ${at(x, to.y)}`
    return `${path} C${turns} ${at(to.x, to.y)}`
  }, `M${at(points[0].x, points[0].y)}`)
}

function middleOf(points) {
  const n = Math.floor(points.length / 2)
  const [before, after] = [points[points.length % 2 ? n : n - 1], points[n]]
  return { x: (before.x + after.x) / 2, y: (before.y + after.y) / 2 }
}

// Which boxes and lines were used just now.
function useLight(nodes, lines) {
  const [lit, set] = useState(new Map())
  useCalls(call => {
    const box = boxOf(nodes, call.resource)
    if (!box) return
    const line = lineOf(lines, nodes, call, box)
    const since = Date.now()
    const used = [box, ...(line ? [idOf(line)] : [])].map(key => [key, since])
    set(old => new Map([...old].filter(([, at]) => since - at < LIT_MS).concat(used)))
    setTimeout(() => set(old => new Map(old)), LIT_MS + 30)
  })
  return key => Date.now() - (lit.get(key) || 0) < LIT_MS
}

// The line that a call to a box went along: from where it came, else from who made it, else from any caller.
function lineOf(lines, nodes, call, box) {
  const inward = lines.filter(line => line.to === box)
  return inward.find(line => boxOf(nodes, call.source) === line.from)
    || inward.find(line => lastOf(line.from) === lastOf(call.principal))
    || inward.find(line => line.from.startsWith('who:'))
}

// The box that an ARN is of, or is of a part of: an object's bucket, an index's table, a method's API.
function boxOf(nodes, arn) {
  if (!arn || arn === '*') return null
  const api = arn.includes(':execute-api:') && arn.split(':')[5].split('/')[0]
  const isPart = whole => arn.startsWith(whole) && '/:'.includes(arn[whole.length])
  const fits = node => api ? node.arn.endsWith(`apis/${api}`) : arn === node.arn || isPart(node.arn)
  return nodes.find(fits)?.arn
}

function useWidth() {
  const place = useRef(null)
  const [width, set] = useState(0)
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => set(entry.contentRect.width))
    watch.observe(place.current)
    return () => watch.disconnect()
  }, [])
  return [place, width]
}

const Tips = () => html`<defs>${['link', 'traffic', 'bad'].map(kind => html`
  <marker id=${`tip-${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
      markerUnits="userSpaceOnUse" orient="auto-start-reverse">
    <path class="tip ${kind}" d="M0 0 8 4 0 8z" /></marker>`)}</defs>`

function Line({ line, points, isDown, isLit, isDim }) {
  const tone = line.errors ? 'bad' : ''
  const { x, y } = middleOf(points)
  const said = `${lastOf(line.from)} → ${lastOf(line.to)}: ${line.calls} calls, ${line.errors} errors`
  return html`<g>
    <path class="edge ${line.kind} ${tone} ${isLit ? 'now' : ''} ${isDim ? 'dim' : ''}" d=${curve(points, isDown)}
      marker-end=${`url(#tip-${tone || line.kind})`}><title>${said}</title></path>
    ${line.calls > 0 && !isDim && html`
      <text class="many" x=${x} y=${y - 3} text-anchor="middle">${count(line.calls)}</text>`}</g>`
}

function Badge({ x, y, text, isBad, title }) {
  const width = 10 + String(text).length * 6.5
  return html`<g class="badge ${isBad ? 'bad' : ''}" transform=${`translate(${x - width},${y})`}><title>${title}</title>
    <rect width=${width} height="16" rx="8" /><text x=${width / 2} y="12" text-anchor="middle">${text}</text></g>`
}

function Box({ node, at, width, isLit, isChosen, isDim, onPick }) {
  const [name, family] = kindGlyph(node.type)
  const [left, top] = [at.x - width / 2, at.y - HEIGHT / 2]
  const about = kindIn(node) + (node.calls ? ` · ${count(node.calls)}` : '')
  const said = `${labelOf(node)}, ${kindIn(node)}, ${node.calls} calls, ${node.errors} errors`
  const pick = event => {
    event.preventDefault()
    onPick(node.arn)
  }
  return html`<a class="box ${isLit ? 'hot' : ''} ${isChosen ? 'chosen' : ''} ${isDim ? 'dim' : ''}" href="#"
      onClick=${pick} aria-label=${said} transform=${`translate(${left},${top})`}><title>${node.name}</title>
    <rect class="body" width=${width} height=${HEIGHT} rx="9" />
    <path class="glyph" d=${drawing(name)} style=${{ color: `var(--${family})` }}
      transform=${`translate(9,${HEIGHT / 2 - 9}) scale(1.15)`} />
    <text x=${GLYPH + 6} y="21">${cut(labelOf(node), width)}</text>
    <text class="kind" x=${GLYPH + 6} y="37">${cut(about, width, SMALL_LETTER)}</text>
    ${node.depth > 0 && html`<${Badge} x=${width - 6} y=${-7} text=${count(node.depth)}
      title="${node.depth} waiting or running" />`}
    ${node.errors > 0 && html`<${Badge} x=${width - 6} y=${HEIGHT - 9} text="${count(node.errors)} ✕" isBad
      title="${node.errors} errors" />`}</a>`
}

export function Diagram({ nodes, edges, chosen, onPick }) {
  const [place, available] = useWidth()
  const lines = useMemo(() => merged(edges), [edges])
  const isNarrow = available > 0 && available < NARROW_PX
  const shape = nodes.map(node => node.arn).join() + lines.map(idOf).join() + available
  const { width, isDown, boxes, paths, view } = useMemo(() => placed(nodes, lines, available, isNarrow), [shape])
  const routes = new Map([...paths].map(([line, points]) => [idOf(line), points]))
  const isLit = useLight(nodes, lines)
  const atChosen = lines.filter(line => line.from === chosen || line.to === chosen)
  const near = new Set([chosen, ...atChosen.flatMap(line => [line.from, line.to])])
  const least = isNarrow ? .62 : .55
  const scale = available ? Math.min(1, Math.max(least, (available - 2) / view.width)) : 1
  const drawnLine = line => html`<${Line} key=${idOf(line)} line=${line} points=${routes.get(idOf(line))}
    isDown=${isDown} isLit=${isLit(idOf(line))} isDim=${chosen && !atChosen.includes(line)} />`
  const drawnBox = node => html`<${Box} key=${node.arn} node=${node} at=${boxes.get(node.arn)} width=${width}
    isLit=${isLit(node.arn)} isChosen=${node.arn === chosen} isDim=${chosen && !near.has(node.arn)} onPick=${onPick} />`
  return html`<div class="stage" ref=${place}>
    ${available > 0 && html`<svg width=${view.width * scale} height=${view.height * scale}
        viewBox=${`${view.left} ${view.top} ${view.width} ${view.height}`}
        role="group" aria-label="Architecture: ${nodes.length} resources"><${Tips} />
      ${lines.map(drawnLine)}${nodes.map(drawnBox)}</svg>`}</div>`
}
