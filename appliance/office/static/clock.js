// The page of the clock tells the box what this computer's clock says, and shows the day the box
// then proposes. Without this script the page asks all the same.

import { witness } from './live.js';

const shown = document.body.dataset.day;
const AGAIN = '#neu';

if ('ask' in document.body.dataset) {
  const proposed = await witness();
  // Once only: a page that loads itself for ever helps nobody.
  if (proposed && proposed !== shown && location.hash !== AGAIN) {
    location.hash = AGAIN;
    location.reload();
  }
}
