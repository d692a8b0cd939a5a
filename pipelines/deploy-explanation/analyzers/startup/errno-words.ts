/**
 * What the C library says of an error number where its messages are translated (`LC_MESSAGES` of glibc): German, French, Spanish,
 * Italian, Portuguese. Programs that ask it for the words (`strerror`, `perror`) log them so.
 */
export const REFUSED_WORDS =
  /Verbindungsaufbau abgelehnt|Connexion refusée|Conexión rehusada|Connessione rifiutata|Conexão recusada/;
export const TIMED_OUT_WORDS =
  /Wartezeit für die Verbindung ist abgelaufen|Connexion terminée par expiration du délai|Expiró el tiempo de conexión|Connessione scaduta|Tempo esgotado para conexão/;
export const NO_SPACE_WORDS =
  /kein Speicherplatz mehr verfügbar|Aucun espace disponible sur le périphérique|No queda espacio en el dispositivo|Spazio esaurito sul device|Não há espaço disponível no dispositivo/;
export const DENIED_WORDS =
  /Keine Berechtigung|Permission non accordée|Permiso denegado|Permesso negato|Permissão negada/;
