/** Common short words, 256 of them: most tokenizers spend one token on each with the space before it. */
export const WORDS: readonly string[] = (
  'about above across act after again air all along also always am and animal answer any apple are area arm ' +
  'art ask baby back bad bag ball bank base bear beat bed been best big bird black blood blue board boat body ' +
  'bone book both box boy bread bring brown build bus busy but buy call came camp can car card care carry case ' +
  'cat catch chair city class clean clear close cloud coat cold color come cook cool copy corn corner cost could ' +
  'cover cross cry cup cut dark day dead deal dear deep did die do doctor dog door down draw dream dress drink ' +
  'drive drop dry each ear early earth east eat edge egg end even ever every eye face fact fair fall family far ' +
  'farm fast father fear feel few field fill final find fine fire first fish fit five floor fly follow food foot ' +
  'force form four free fresh friend from front fruit full game garden gas gate gave gift girl give glad glass go ' +
  'gold gone good got grass gray great green ground group grow guess gun had hair half hall hand happy hard has ' +
  'hat have he head hear heart heat heavy held help her here high hill him his hit hold home hope horse hot hour ' +
  'house how huge ice idea if in iron island job join jump just keep key kill kind king knee know lady lake ' +
  'land large last late laugh law lay lead learn leave left leg less let letter life lift light like line'
).split(' ')
