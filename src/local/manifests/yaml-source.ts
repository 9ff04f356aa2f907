import {
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';

export type Path = readonly (string | number)[];

/** Both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface Place {
  readonly value: number;
  /** Offset of the key, for members of mappings. */
  readonly key: number;
}

/** Text that is not YAML. */
export class YamlSyntaxError extends Error {
  readonly position: Position;

  constructor(message: string, position: Position) {
    super(message);
    this.name = 'YamlSyntaxError';
    this.position = position;
  }
}

/** One document of a file, with the position of everything in it. */
export interface YamlDocument {
  readonly value: unknown;
  /** Position of the value at the path; where there is none (a field that is missing), of its nearest parent. */
  position(path: Path): Position;
  /** Position of the key at the path, for fields that should not be there. */
  keyPosition(path: Path): Position;
}

/**
 * All documents of a YAML (or JSON) file.
 * @throws YamlSyntaxError
 */
export function parseYaml(text: string, filename: string): YamlDocument[] {
  const positionOf = lineIndex(text);
  let events: Event[];
  let values: unknown[];
  try {
    events = parseEvents(text, { filename });
    values = constructFromEvents(events, { source: text, filename, schema: CORE_SCHEMA, maxAliases: 100 });
  } catch (error) {
    if (error instanceof YAMLException) {
      throw new YamlSyntaxError(error.reason, positionOf(error.mark?.position ?? 0));
    }
    throw error;
  }
  const places = placesOf(events, text);
  return values.map((value, index) => {
    const document = places[index] ?? new Map<string, Place>();
    const nearest = (path: Path): Place => {
      for (let length = path.length; length >= 0; length -= 1) {
        const place = document.get(pathKey(path.slice(0, length)));
        if (place !== undefined) return place;
      }
      return { value: 0, key: 0 };
    };
    return {
      value,
      position: (path) => positionOf(nearest(path).value),
      keyPosition: (path) => positionOf(nearest(path).key),
    };
  });
}

/** The document at `path` in another one, with the positions of the whole file. */
export function documentAt(whole: YamlDocument, path: Path, value: unknown): YamlDocument {
  return {
    value,
    position: (inner) => whole.position([...path, ...inner]),
    keyPosition: (inner) => whole.keyPosition([...path, ...inner]),
  };
}

const pathKey = (path: Path): string => path.map((part) => `/${part}`).join('');

/** Positions of all values by path, one map per document, from the parser's flat stream of events. */
function placesOf(events: readonly Event[], text: string): Map<string, Place>[] {
  const documents: Map<string, Place>[] = [];
  let places = new Map<string, Place>();
  let index = 0;

  const skip = (): void => {
    for (let depth = 0; index < events.length; ) {
      const event = events[index++];
      if (event?.type === EVENT_ID.POP) depth -= 1;
      else if (event?.type === EVENT_ID.SEQUENCE || event?.type === EVENT_ID.MAPPING) depth += 1;
      if (depth <= 0) return;
    }
  };

  const node = (path: Path, key: number): void => {
    const event = events[index];
    if (event === undefined) return;
    // An empty value has no text of its own: the position of its key is used instead.
    const value = Math.max(startOf(event), key, 0);
    places.set(pathKey(path), { value, key: key === -1 ? value : key });
    if (event.type !== EVENT_ID.SEQUENCE && event.type !== EVENT_ID.MAPPING) {
      skip();
      return;
    }
    index += 1;
    for (let item = 0; index < events.length && events[index]?.type !== EVENT_ID.POP; item += 1) {
      const member = events[index];
      if (member === undefined || event.type === EVENT_ID.SEQUENCE) {
        node([...path, item], -1);
        continue;
      }
      const name = member.type === EVENT_ID.SCALAR ? getScalarValue(text, member) : '?';
      const start = startOf(member);
      skip();
      node([...path, name], start);
    }
    index += 1;
  };

  while (index < events.length) {
    const event = events[index];
    if (event?.type === EVENT_ID.DOCUMENT) {
      places = new Map();
      documents.push(places);
      index += 1;
    } else if (event?.type === EVENT_ID.POP) {
      index += 1;
    } else {
      node([], -1);
    }
  }
  return documents;
}

function startOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) {
    // The parser gives the position behind the opening quote; people expect the quote.
    return event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED
      ? event.valueStart - 1
      : event.valueStart;
  }
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
  return 'start' in event ? event.start : 0;
}

function lineIndex(text: string): (offset: number) => Position {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
