// The architecture as it stands and is used: boxes are resources, thin lines what refers to what, coloured ones calls.

import { Command, Failure, Link, ROOT, Table, api, go, html, short, useData, useEffect, useMemo, useState } from './lib.js'
import { layout } from './vendor/dagre.js'
import { Graph } from './vendor/dagre.js'

const WIDTH = 170, HEIGHT = 46, LIT_MS = 1200
const kind = type => type.replace(/^AWS::/, '').replace('::', ' ')
const cut = name => name.length > 22 ? name.slice(0, 21) + '…' : name
export const pathOf = node => node.type === 'person' ? 'calls' : `resources/${node.arn}`

function placed(nodes, edges) {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 60, marginx: 8, marginy: 8 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of nodes) graph.setNode(node.arn, { width: WIDTH, height: HEIGHT })
  for (const edge of edges) graph.setEdge(edge.from, edge.to)
  layout(graph)
  return graph
}

// Which boxes were called just now: their arn -> true.
function useLight() {
  const [lit, setLit] = useState({})
  useEffect(() => {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}${ROOT}api/traces/stream`)
    socket.onmessage = event => {
      const { resource } = JSON.parse(event.data)
      if (!resource || resource === '*') return
      setLit(old => ({ ...old, [resource]: Date.now() }))
      setTimeout(() => setLit(old => ({ ...old })), LIT_MS)
    }
    return () => socket.close()
  }, [])
  return arn => Object.entries(lit).some(([at, since]) => at.startsWith(arn) && Date.now() - since < LIT_MS)
}

function Diagram({ nodes, edges }) {
  const isLit = useLight()
  const shape = nodes.map(n => n.arn).join() + edges.map(e => e.from + e.to).join()
  const graph = useMemo(() => placed(nodes, edges), [shape])
  const { width, height } = graph.graph()
  const line = edge => {
    const points = graph.edge(edge.from, edge.to).points
    return 'M' + points.map(point => `${point.x},${point.y}`).join(' L')
  }
  return html`<div class="scroll"><svg width=${width} height=${height} role="group" aria-label="Architecture: ${nodes.length} resources">
    ${edges.map(edge => html`<path d=${line(edge)} class="${edge.kind} ${edge.errors ? 'bad' : ''} ${isLit(edge.to) && edge.kind === 'traffic' ? 'now' : ''}"><title>${short(edge.from)} → ${short(edge.to)}: ${edge.calls} calls, ${edge.errors} errors</title></path>`)}
    ${nodes.map(node => {
      const { x, y } = graph.node(node.arn)
      const open = event => { event.preventDefault(); go(pathOf(node)) }
      return html`<a href=${ROOT + pathOf(node)} onClick=${open} aria-label="${node.name}, ${kind(node.type)}, ${node.calls} calls">
        <rect class="box ${isLit(node.arn) ? 'hot' : ''} ${node.errors ? 'bad' : ''}" x=${x - WIDTH / 2} y=${y - HEIGHT / 2} width=${WIDTH} height=${HEIGHT} rx="7" />
        <text x=${x} y=${y - 3} text-anchor="middle">${cut(node.name)}</text>
        <text class="kind" x=${x} y=${y + 13} text-anchor="middle">${kind(node.type)}${node.calls ? ` · ${node.calls}` : ''}${node.errors ? ` · ${node.errors} errors` : ''}</text></a>`
    })}</svg></div>`
}

export function Overview() {
  const { value, error } = useData(() => api('architecture'), [], 4)
  if (!value) return html`<${Failure} error=${error} /><p class="quiet">…</p>`
  const nodes = value.nodes, known = new Set(nodes.map(node => node.arn))
  const edges = value.edges.filter(edge => known.has(edge.from) && known.has(edge.to))
  if (!nodes.length) return html`<h2>Nothing here yet</h2><p>Point a client here, or start with an architecture: <code>cloudchamber blueprint deploy todo</code>.</p>`
  return html`<h2>Architecture</h2>
    <p class="quiet">${value.resources} resources. Coloured lines are calls that were seen; red ones had errors. A box opens its resource.</p>
    <${Diagram} nodes=${nodes} edges=${edges} />
    <h3>Busiest</h3>
    <${Table} heads=${['resource', 'type', ['calls', 'n'], ['errors', 'n']]} empty="No calls yet." rows=${[...nodes].filter(node => node.calls && node.type !== 'person')
      .sort((a, b) => b.calls - a.calls).slice(0, 12).map(node => [html`<${Link} to=${pathOf(node)}>${node.name}<//>`, kind(node.type), node.calls, node.errors])} />
    <${Command} text="cloudchamber resources list · cloudchamber usage" />`
}
