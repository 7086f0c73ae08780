const LIMIT = 240;

/**
 * A name from the wire: always text, set apart so that its direction cannot turn its
 * surroundings, and cut before ten thousand letters reach the layout.
 */
export function Wire({ text, limit = LIMIT }: { text: string; limit?: number }) {
  return <bdi class="wire">{text.length > limit ? `${text.slice(0, limit)}…` : text}</bdi>;
}
