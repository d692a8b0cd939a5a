/** Whether a member of a window's sorted set keeps the place of a deleted player (`erase.lua`): no player's name has a byte 1. */
export function isDeleted(member: string): boolean {
  return member.includes('\u0001');
}
