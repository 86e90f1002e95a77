// Axes of the curves: where ticks stand and what they say. Plain arithmetic, no page.
"use strict";

const POWERS_OF_TWO = Array.from({ length: 22 }, (_, i) => 2 ** (i - 10));

// Round numbers in a range, `most` of them or fewer: steps of 1, 2 or 5 times a power of ten.
function roundTicks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-12) + 1e-12; i += 1) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

// Ticks of a logarithmic axis: doublings where they are enough, decades over wide ranges.
function logTicks(low, high, most) {
  const within = (ticks) => ticks.filter((tick) => tick >= low && tick <= high);
  if (high / low >= 400 || low < 0.05) {
    const first = Math.floor(Math.log10(low));
    const steps = high / low >= 60 ? [1] : [1, 2, 5];
    const decades = Array.from({ length: 12 }, (_, i) => 10 ** (first + i));
    const ticks = decades.flatMap((ten) => steps.map((step) => Number((step * ten).toPrecision(6))));
    if (within(ticks).length > 1) return within(ticks);
  }
  const doublings = within(POWERS_OF_TWO);
  if (doublings.length < 3) return roundTicks(low, high, most - 1);
  const thinned = Math.ceil(doublings.length / most);
  return doublings.filter((_, i) => i % thinned === 0);
}

function tickText(value) {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

function numberText(value, decimals) {
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

// A rate as the tables write it: three digits, two after the point at most.
function rateText(value) {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 4);
}

// The range of an axis: all means, and of the intervals' ends what lies not too far from them.
// One interval that is very wide would press the curves of all codecs flat.
function rangeOf(means, ends) {
  if (!means.length) return [0, 1];
  const least = Math.min(...means);
  const most = Math.max(...means);
  const reach = most > least ? most - least : Math.abs(most) * 0.5 || 1;
  const low = Math.max(Math.min(least, ...ends), least - reach);
  const high = Math.min(Math.max(most, ...ends), most + reach);
  const room = (high > low ? high - low : reach) * 0.06;
  return [low - room, high + room];
}
