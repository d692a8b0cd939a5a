/** Whether a member of a window's sorted set keeps the place of a deleted player (`erase.lua`): no player's name has a byte 1. */
export function isDeleted(member: string): boolean {
  return member.includes('\u0001');
}

/** Who an entry says it is of: nobody any more, once the player is deleted. */
export function playerOf(member: string): { player: string; deleted?: true } {
  return isDeleted(member) ? { player: '', deleted: true } : { player: member };
}
