// Writes weekend-race/events.ndjson: the same bytes on every run. Times of a kart track, 2 000 laps of 140 drivers over a
// weekend; drivers differ, practise makes them a little faster, and timing stops at the millisecond.
//   node examples/samples/leaderboard-stats/generate.mjs
import { writeFileSync } from 'node:fs';

// Numerical Recipes' linear congruential generator: no randomness of the machine comes in.
let state = 20261121;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const normal = () => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6);

const first = `Amara Anouk Arvid Bela Bruno Carmen Chidi Dario Edda Elif Emre Farid Freya Gwen Hana Hugo Ines Ivo Jana Jonas Kaito Kira Lale
  Leif Lena Linh Luca Mads Mateo Mira Naoko Nils Noor Olga Omar Paolo Petra Quinn Rafa Rosa Sami Selma Tariq Tess Uma Viggo
  Wanda Xenia Yara Yusuf Zora`.split(/\s+/);
const last = 'Adler Berg Costa Diaz Eriksen Fischer Garcia Haddad Ito Jensen Kaya Larsen Moreau Novak Okafor Petrov'.split(' ');
const names = new Set();
while (names.size < 140) names.add(`${first[Math.floor(random() * first.length)]} ${last[Math.floor(random() * last.length)]}`);
const drivers = [...names].map((player) => ({ player, pace: 47.2 + Math.abs(normal()) * 1.6, laps: 0 }));

const start = Date.parse('2026-11-21T08:00:00Z');
const events = [];
for (let i = 0; i < 2000; i += 1) {
  // A few come back again and again.
  const driver = drivers[Math.floor(random() ** 1.7 * drivers.length)];
  driver.laps += 1;
  const seconds = driver.pace + 2.4 / Math.sqrt(driver.laps) + Math.abs(normal()) * 0.55;
  // Ten hours on Saturday, ten on Sunday.
  const at = (i / 2000) * 20 * 3600;
  const time = start + Math.round((at < 36_000 ? at : at + 14 * 3600) * 1000 + random() * 30_000);
  events.push({ player: driver.player, score: Number(seconds.toFixed(2)), time: new Date(time).toISOString() });
}
writeFileSync(new URL('weekend-race/events.ndjson', import.meta.url), `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
