// The page of scanners and keypads: what was read shows at once, beside the scanner.

import { follow } from './live.js';

const picture = document.getElementById('picture');

follow({ draw(html) { picture.innerHTML = html; } });
