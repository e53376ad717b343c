import { createTracker } from './index.ts';

// The one tracker of a mini-program: every file that imports it speaks to the same.
export default createTracker();
