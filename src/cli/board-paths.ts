/** The addresses of boards in the HTTP API. */
export const boardPaths = {
  all: '/v1/boards',
  one: (id: string): string => `/v1/boards/${encodeURIComponent(id)}`,
  events: (id: string): string => `${boardPaths.one(id)}/events`,
  top: (id: string, window: string): string => `${boardPaths.one(id)}/windows/${encodeURIComponent(window)}/top`,
  entry: (id: string, window: string, player: string): string =>
    `${boardPaths.one(id)}/windows/${encodeURIComponent(window)}/entries/${encodeURIComponent(player)}`,
  player: (id: string, player: string): string => `${boardPaths.one(id)}/players/${encodeURIComponent(player)}`,
  export: (id: string, window: string): string => `${boardPaths.one(id)}/windows/${encodeURIComponent(window)}/export`,
  audit: (id: string): string => `${boardPaths.one(id)}/audit`,
  snapshots: (id: string): string => `${boardPaths.one(id)}/snapshots`,
  around: (id: string, window: string, player: string): string =>
    `${boardPaths.one(id)}/windows/${encodeURIComponent(window)}/around/${encodeURIComponent(player)}`,
};
