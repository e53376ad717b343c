const SHOP = /^(product|promotion|cart|checkout|payment|order|coupon|wishlist)/;

/**
 * Return the event that a method speaks of, `productAddedToWishlist` -> `Product Added to Wishlist`; null for others.
 *
 * The names are those of Segment's e-commerce events. They are made from the methods' names, as a list of both would be a
 * tenth of the script.
 */
export function eventName(method: string): string | null {
  if (!SHOP.test(method)) return null;
  const words = method.replace(/[A-Z]/g, ' $&').replace(/ (To|From) /, (word) => word.toLowerCase());
  return words[0].toUpperCase() + words.slice(1);
}
