/**
 * Words that a narrative may use. A word that is none of these, none of the board's own and no player of the document might be
 * the name of a player who does not exist, so a sentence with one is dropped. The list is closed on purpose: leaving out a
 * harmless word costs a sentence, letting in a name costs the reader's trust.
 */
const ORDINARY = new Set(
  `a an the and or but nor so yet as at by for from in into of off on onto out over per than that then there these this those to
  toward towards under until up upon via while with within without between among across after before behind ahead above below
  against along around beside beyond down during near since through throughout is are was were be been being am has have had
  having do does did doing can could may might must shall should will would it its itself they them their theirs he him his she
  her hers we our us you your who whom whose which what when where why how all any both each either every few fewer fewest less
  lesser least many more most much neither none other others own same several some such only just also even ever never not no
  now still again already almost always often once here too very well far close closely closer closest narrow narrowly wide
  widely wider only nearly exactly altogether together overall total totals totalling sum sums count counts
  player players competitor competitors participant participants entrant entrants entry entries field board boards leaderboard
  leaderboards standing standings ranking rankings rank ranks ranked place places placed position positions spot spots podium
  top tops topped topping bottom lead leads leader leaders leading led trail trails trailed trailing follow follows followed
  following chase chases chasing win wins winner winners winning won lose loses beat beats beating hold holds holding held keep
  keeps keeping kept take takes taking took taken stay stays staying stayed sit sits sitting remain remains remaining share
  shares shared sharing tie ties tied level equal equals equally separate separated separates separating apart gap gaps margin
  margins difference differences distance score scores scored scoring point points record records recorded recording result
  results reach reaches reached reaching earn earns earned gain gains gained collect collects collected achieve achieves
  achieved post posts posted show shows showing shown see sees seen give gives given get gets got make makes made come comes came
  coming go goes going put puts set sets high higher highest low lower lowest best better good great strong stronger strongest
  large larger largest small smaller smallest big bigger biggest worst worse new newer current currently latest recent final
  mean means average averages averaged averaging median medians typical typically standard deviation deviations spread spreads
  variation percentile percentiles percent middle range ranges ranging value values number numbers amount amounts event events
  game games match matches round rounds day days daily today time times week month year window season period utc race races
  competition contest group groups pack rest people person others one's ones with or more exceed exceeds exceeded clear clearly
  tight comfortable comfortably solid solidly ahead followed respectively because if though although however meanwhile whereas
  like climb climbs climbed climbing climber climbers rise rises rose risen rising fall falls fell fallen falling drop drops
  dropped dropping slip slips slipped slipping move moves moved moving mover movers newcomer newcomers enter enters entered
  entering join joins joined joining unmoved unchanged previous previously jump jumps jumped jumping single stand stands standing
  stood outlier outliers unusual unusually plausible absolute modified z z-score z-scores source sources sent send sends sending
  burst bursts minute minutes late later lie lies fullest histogram bin bins lost losing`.split(/\s+/),
);

/** Words whose number is not in the document but would have to be computed. */
const RATIOS = new Set(
  `double doubled doubles triple tripled quadruple twice thrice quarter quarters third-party thirds dozen dozens hundred hundreds
  thousand thousands million millions billion billions fold majority minority`.split(/\s+/),
);

const UNITS =
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
  eighteen nineteen twenty`.split(/\s+/);
const ORDINALS =
  `zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
  fifteenth sixteenth seventeenth eighteenth nineteenth twentieth`.split(/\s+/);

/** What a word is to the check; `word` is lower case. `name` means: it could be one. */
export function kindOfWord(
  word: string,
): { kind: 'ordinary' | 'ratio' | 'name' } | { kind: 'number' | 'ordinal'; value: number } {
  const unit = UNITS.indexOf(word);
  if (unit >= 0) return { kind: 'number', value: unit };
  const ordinal = ORDINALS.indexOf(word);
  if (ordinal >= 0) return { kind: 'ordinal', value: ordinal };
  if (RATIOS.has(word)) return { kind: 'ratio' };
  return { kind: ORDINARY.has(word) || word === 'half' ? 'ordinary' : 'name' };
}
