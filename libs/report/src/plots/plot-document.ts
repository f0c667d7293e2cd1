/** A document for drawing plots outside a browser. */
import { parseHTML } from 'linkedom';
import type { PlotDocument } from './figure.js';

export function createPlotDocument(): PlotDocument {
  return parseHTML('<!doctype html><html><body></body></html>').document;
}
