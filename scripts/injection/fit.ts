import { eachFeature } from "../../src/detect/injection/features.ts";
import { BUCKETS, FLOOR, STEP, WINDOW } from "../../src/detect/injection/window.ts";
import { views } from "../../src/detect/views/views.ts";
import type { Example } from "./example.ts";
import { seeded } from "./random.ts";

/** Texts as the windows see them: buckets of all features, where each word's begin, and first and last word of each window. */
export interface Document {
  readonly buckets: Uint32Array;
  readonly words: Uint32Array;
  readonly spans: Uint32Array;
  readonly windows: number;
}

/** A text that hides what it says teaches what it hides. */
function plainest(text: string, attack: boolean): string {
  const all = views(text);
  const hidden = all.decoded.find(({ made, text }) => made !== "escapes" && text.length > 20);
  return attack &&
    hidden !== undefined &&
    hidden.text.length > 0.3 * text.length * (hidden.made === "base64" ? 0.7 : 0.3)
    ? hidden.text
    : all.folded.text;
}

export function documentOf(texts: readonly string[], attack: boolean): Document {
  const buckets: number[] = [];
  const words: number[] = [0];
  const spans: number[] = [];
  for (const text of texts) {
    const first = words.length - 1;
    eachFeature(plainest(text, attack), {
      feature: (hash, times) => {
        for (let time = 0; time < times; time++) buckets.push(hash & (BUCKETS - 1));
      },
      word: () => void words.push(buckets.length),
    });
    const last = words.length - 1;
    for (let from = first; from < last; from += STEP) {
      const start = Math.max(first, Math.min(from, last - WINDOW));
      spans.push(start, Math.min(start + WINDOW, last));
      if (from + WINDOW >= last) break;
    }
  }
  return {
    buckets: Uint32Array.from(buckets),
    words: Uint32Array.from(words),
    spans: Uint32Array.from(spans),
    windows: spans.length / 2,
  };
}

export interface Model {
  readonly weights: Float32Array;
  bias: number;
}

function bounds({ words, spans }: Document, window: number): readonly [number, number] {
  return [words[spans[2 * window] ?? 0] ?? 0, words[spans[2 * window + 1] ?? 0] ?? 0];
}

function scoreOf(model: Model, document: Document, window: number): number {
  const [from, until] = bounds(document, window);
  let sum = 0;
  for (let at = from; at < until; at++) sum += model.weights[document.buckets[at] ?? 0] ?? 0;
  return model.bias + sum / Math.sqrt(Math.max(FLOOR, until - from));
}

/** The window that scores highest, and its score. */
export function highest(
  model: Model,
  document: Document,
): { readonly window: number; readonly score: number } {
  let best = { window: 0, score: -Infinity };
  for (let window = 0; window < document.windows; window++) {
    const score = scoreOf(model, document, window);
    if (score > best.score) best = { window, score };
  }
  return best;
}

interface Settings {
  readonly epochs: number;
  readonly rate: number;
  readonly decay: number;
  readonly attackWeight: number;
  readonly places: number;
  /** Rounds before the weights count. */
  readonly settled: number;
}

const SETTINGS: Settings = {
  epochs: 7,
  rate: 0.2,
  decay: 0.01,
  attackWeight: 1,
  places: 8,
  settled: 2,
};

/** One step of AdaGrad on one window. */
function learn(
  model: Model,
  square: Float32Array,
  document: Document,
  window: number,
  target: number,
  weight: number,
  settings: Settings,
): void {
  const [from, until] = bounds(document, window);
  if (until <= from) return;
  const scale = 1 / Math.sqrt(Math.max(FLOOR, until - from));
  const probability = 1 / (1 + Math.exp(-scoreOf(model, document, window)));
  const error = (probability - target) * weight;
  for (let at = from; at < until; at++) {
    const bucket = document.buckets[at] ?? 0;
    const value = model.weights[bucket] ?? 0;
    const gradient = error * scale + settings.decay * weight * value;
    const total = (square[bucket] ?? 0) + gradient * gradient;
    square[bucket] = total;
    model.weights[bucket] = value - (settings.rate * gradient) / Math.sqrt(total + 1e-8);
  }
  model.bias -= settings.rate * 0.1 * error;
}

/**
 * Logistic regression over windows. Of a long attack only the window that looks most like one is taken to be one; of an ordinary text
 * the window that looks most like an attack teaches that it is none.
 */
export function fit(
  examples: readonly Example[],
  documents: readonly Document[],
  settings: Settings = SETTINGS,
): Model {
  const random = seeded(1);
  const model: Model = { weights: new Float32Array(BUCKETS), bias: -1 };
  const square = new Float32Array(BUCKETS);
  const mean: Model = { weights: new Float32Array(BUCKETS), bias: 0 };
  const sizes = new Map<string, number>();
  for (const { group } of examples) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const order = examples.map((_, index) => index);
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    for (let at = order.length - 1; at > 0; at--) {
      const other = Math.floor(random() * (at + 1));
      const kept = order[at] ?? 0;
      order[at] = order[other] ?? 0;
      order[other] = kept;
    }
    for (const index of order) {
      const document = documents[index];
      const one = examples[index];
      if (document === undefined || one === undefined || document.windows === 0) continue;
      const balance = Math.min(2, Math.sqrt(300 / (sizes.get(one.group) ?? 1)));
      const anywhere = Math.floor(random() * document.windows);
      const top = epoch === 0 ? anywhere : highest(model, document).window;
      const weight = balance * (one.attack ? settings.attackWeight : 1);
      learn(model, square, document, top, one.attack ? 1 : 0, weight, settings);
      if (one.attack) continue;
      // Ordinary text is long and varied: a few places of it beside the one that misleads most.
      for (let more = Math.min(settings.places, document.windows - 1); more > 0; more--)
        learn(model, square, document, Math.floor(random() * document.windows), 0, weight / 2, settings);
    }
    if (epoch < settings.settled) continue;
    // The mean of the last rounds says less about the order of the last texts.
    const share = 1 / (settings.epochs - settings.settled);
    for (let at = 0; at < BUCKETS; at++)
      mean.weights[at] = (mean.weights[at] ?? 0) + (model.weights[at] ?? 0) * share;
    mean.bias += model.bias * share;
  }
  return mean;
}
