export { editorAddress, isComplete, newGroup, newLeaf, read, treeFrom, write, type Group, type Tree } from '../conditions/tree';
