/** How people ask why something is late: in words, or with the time that it takes. */
const SLOW =
  /\b(?:slow(?:er|ly|ness)?|laggy|sluggish|latency|latencies|response times?|delay(?:s|ed)?|takes? (?:so|too|very) long|taking (?:so|too|very) long|late)\b|\bp(?:50|90|95|99)\b/i;
const TAKES =
  /\b(?:takes?|took|taking|needs?|waits?|hangs?|after)\b[^?.]{0,24}?(?<![\w.])(?:\d+(?:[.,]\d+)?|half an?|a) ?(?:s|secs?|seconds?|min(?:ute)?s?|ms|milliseconds?)\b/i;

/** Whether a question asks why something takes its time, or whether it does. */
export function asksForSpeed(question = ''): boolean {
  return SLOW.test(question) || TAKES.test(question);
}
