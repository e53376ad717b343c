import type { Fields } from '../surface.ts';

/** `data-zy-product-id="X"` -> `{product_id: "X"}`. */
export function marks(dataset: Fields): Fields {
  const fields: Fields = {};
  for (const name in dataset) {
    if (/^zy/.test(name)) fields[name.slice(2).replace(/[A-Z]/g, '_$&').slice(1).toLowerCase()] = dataset[name];
  }
  return fields;
}
