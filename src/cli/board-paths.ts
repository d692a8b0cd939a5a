/** The addresses of boards in the HTTP API. */
export const boardPaths = {
  all: '/v1/boards',
  one: (id: string): string => `/v1/boards/${encodeURIComponent(id)}`,
  events: (id: string): string => `${boardPaths.one(id)}/events`,
  season: (id: string, season: string): string => `${boardPaths.one(id)}/seasons/${encodeURIComponent(season)}`,
  /** Something of a window, such as `top`, or `around` a player. */
  read: (id: string, window: string, what: string, player?: string): string =>
    `${boardPaths.one(id)}/windows/${encodeURIComponent(window)}/${what}${player === undefined ? '' : `/${encodeURIComponent(player)}`}`,
  entry: (id: string, window: string, player: string): string =>
    `${boardPaths.one(id)}/windows/${encodeURIComponent(window)}/entries/${encodeURIComponent(player)}`,
  player: (id: string, player: string): string => `${boardPaths.one(id)}/players/${encodeURIComponent(player)}`,
  export: (id: string, window: string): string => `${boardPaths.one(id)}/windows/${encodeURIComponent(window)}/export`,
  audit: (id: string): string => `${boardPaths.one(id)}/audit`,
  snapshots: (id: string): string => `${boardPaths.one(id)}/snapshots`,
};
