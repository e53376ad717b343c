/** The one rule editor of the console, and what is written with it. */
export { ConditionGroup } from './ConditionGroup';
export { editorAddress, isComplete, leafCount, newGroup, newLeaf, read, treeFrom, write, type Group, type Tree } from './tree';
export { useTitles, type Fields } from './vocabulary';
