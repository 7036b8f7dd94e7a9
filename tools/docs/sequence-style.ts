// How the rendered diagrams look, by day and by night: the colours of the documentation's pages. It takes the place of
// Mermaid's own style sheet, which knows one theme at a time.

// In Mermaid's measurements and in the picture.
const sequenceFont = '"Open Sans", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** How Mermaid lays a diagram out. */
export const mermaidSettings = {
  startOnLoad: false,
  look: 'classic',
  theme: 'base',
  fontFamily: sequenceFont,
  fontSize: 13,
  sequence: {
    useMaxWidth: false,
    actorFontFamily: sequenceFont,
    actorFontSize: 13,
    actorFontWeight: 600,
    messageFontFamily: sequenceFont,
    messageFontSize: 13,
    height: 44,
    actorMargin: 24,
    messageMargin: 24,
    boxMargin: 8,
    diagramMarginX: 16,
    diagramMarginY: 16,
  },
};

/** The style sheet inside each picture. */
export const sequenceStyle = `
svg { --paper: #ffffff; --ink: #1c2430; --soft: #5d6979; --line: #b9c2ce; --box: #eef3fb; --edge: #3563c9; --bar: #d5e1f7;
  background: var(--paper); font: 14px ${sequenceFont}; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #11161d; --ink: #e3e8ef; --soft: #9aa7b8; --line: #3b4757; --box: #1b2636; --edge: #86a9f5; --bar: #2a3d5e; }
}
text { fill: var(--ink); stroke: none; }
.actor { fill: var(--box); stroke: var(--edge); }
text.actor, text.actor tspan, .actor-man text { fill: var(--ink); stroke: none; font-weight: 600; }
.actor-man line, .actor-man circle { fill: var(--box); stroke: var(--edge); stroke-width: 2px; }
.actor-line { stroke: var(--line); }
.messageLine0, .messageLine1 { stroke: var(--ink); stroke-width: 1.25px; fill: none; }
.messageLine1 { stroke-dasharray: 4 3; }
marker path, marker circle { fill: var(--ink); stroke: var(--ink); }
.messageText, .loopText { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.activation0, .activation1, .activation2 { fill: var(--bar); stroke: var(--edge); }
.loopLine { stroke: var(--edge); stroke-width: 1.25px; stroke-dasharray: 3 3; fill: none; }
.labelBox { fill: var(--box); stroke: var(--edge); }
.labelText, .labelText tspan { fill: var(--edge); font-weight: 600; }
.loopText, .loopText tspan { fill: var(--soft); font-weight: 600; }
`;
