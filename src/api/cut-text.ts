/**
 * At most `most` UTF-16 units of the text, the last one an ellipsis if it was longer. A surrogate pair is never cut in half: the API
 * server would store a replacement character instead, and the status that it returns would differ from the one that was written.
 */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 2);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 2 : most - 1)}…`;
}
