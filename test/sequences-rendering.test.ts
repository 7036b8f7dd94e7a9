// The diagrams can be drawn: in a real browser, each to a picture of itself and not of an error.

import { expect, it } from 'vitest';
import { renderSequences } from '../tools/docs/render-sequences.ts';
import { readSequences, sequenceHash } from '../tools/docs/sequences.ts';
import { readDiagram } from './sequences/diagram.ts';

it('every diagram is drawn, with its participants and its messages', async () => {
  const sequences = readSequences();
  const pictures = await renderSequences(sequences);
  expect(pictures).toHaveLength(sequences.length);
  for (const [index, sequence] of sequences.entries()) {
    const picture = pictures[index] ?? '';
    const { names, sections, messages } = await readDiagram(sequence.name);
    expect(picture).toContain('aria-roledescription="sequence"');
    expect(picture).not.toMatch(/class="error|Syntax error/);
    expect(picture).toContain(sequenceHash(sequence));
    for (const name of Object.values(names)) expect(picture).toContain(`>${name}</tspan>`);
    const arrows = picture.match(/class="messageLine[01]"/g)?.length ?? 0;
    const drawn = sequence.source.match(/^\s*\w+ -?->> \w+/gm)?.length ?? 0;
    expect(arrows).toBe(drawn);
    expect(sections.length).toBeGreaterThan(0);
    expect(messages([]).length).toBeGreaterThan(0);
  }
}, 60_000);
