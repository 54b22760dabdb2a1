"""The words by which somebody who is away, or has left for good, says so."""

from __future__ import annotations

from router.mail.phrases import any_of

# Somebody is away, or nobody is there.
AWAY = any_of(
    r"(?:jag|vi) (?:är|kommer (?:att )?vara|har) (?:[^\n.]{0,40} )?(?:semester|frånvarande|bortrest|"
    r"ledig\w*|tjänstledig|"
    r"föräldraledig|sjukskriven|borta|på (?:resa|tjänsteresa|kurs|konferens|utbildning)|semesterstängt|"
    r"inte på (?:kontoret|plats|jobbet|arbetet)|ej på plats|inte i tjänst|ej i tjänst)",
    r"(?:är|är för närvarande|är just nu|är tyvärr) (?:[^\n.]{0,30} )?(?:på semester|frånvarande|bortrest|"
    r"ledig|tjänstledig|"
    r"föräldraledig|mammaledig|pappaledig|sjukskriven|inte på kontoret|inte på plats|ej på plats|"
    r"ej i tjänst|"
    r"inte i tjänst|på tjänsteresa|utomlands)",
    r"(?:semesterstängt|har stängt|är stäng[td]|håller stängt|sommarstängt|julstängt)",
    r"(?:åter|tillbaka|på plats igen|i tjänst igen|åter i tjänst|åter på kontoret) (?:på (?:kontoret|"
    r"jobbet|plats) )?"
    r"(?:igen )?(?:den |på |måndag|tisdag|onsdag|torsdag|fredag|\d|vecka|v\.|i (?:januari|februari|mars|"
    r"april|maj|juni|"
    r"juli|augusti|september|oktober|november|december))",
    r"hemma med (?:ett |mitt )?sjuk",
    r"(?:arbetar|jobbar) (?:inte|ej) (?:på )?(?:måndag|tisdag|onsdag|torsdag|fredag)",
    r"(?:har|tar ut) (?:tagit ut )?(?:föräldraled|tjänstled|semester|komp)",
    r"(?:under|vid) min (?:frånvaro|semester|bortavaro|ledighet)",
    r"(?:har|läser|läses|begränsad|svarar) [^\n.]{0,30}(?:begränsad tillgång till|inte|ej|"
    r"begränsat) [^\n.]{0,10}"
    r"(?:e-?post|mejl|mail)",
    r"(?:mailen|mejlen|e-?posten) (?:läses|bevakas) (?:inte|ej)",
    r"(?:i am|i'm|i will be|i'll be|i am currently|we are|is currently|will be|is) (?:currently |now |"
    r"presently )?(?:[^\n.]{0,30} )?"
    r"(?:out of (?:the |my )?office|away|on (?:annual |maternity |parental |paternity |sick |medical )?"
    r"(?:leave|vacation|holiday|holidays|business|travel)|on a (?:business )?trip|travell?ing|unavailable|"
    r"abroad|"
    r"out (?:of town|until|from|on)|closed)",
    r"out of (?:the |my )?office",
    r"(?:return(?:ing)?|back) (?:to|in|at) (?:the |my )?(?:office|work|desk)",
    r"(?:i )?(?:will|shall) (?:be back|return|respond|reply|answer|read)[^\n]{0,60}(?:return|back|on|when)",
    r"limited access to (?:my )?(?:e-?mail|mail)",
    r"(?:in|during) my absence",
    r"(?:on|am on) (?:vacation|annual leave|maternity leave|holiday)",
    r"(?:bin|befinde|sind) (?:[^\n.]{0,60} )?(?:nicht (?:im (?:büro|haus)|erreichbar|im büro|"
    r"am arbeitsplatz)|abwesend|im urlaub|"
    r"auf (?:dienstreise|geschäftsreise)|außer haus|verreist|wieder (?:im|erreichbar|ab))",
    r"(?:während|in) meiner abwesenheit",
    r"(?:je (?:suis|serai)|suis actuellement) (?:[^\n.]{0,40} )?(?:absente?|en (?:congés?|vacances|"
    r"déplacement))",
    r"(?:jeg er|er) (?:[^\n.]{0,30} )?(?:på ferie|fraværende|ikke på kontoret|bortreist|ude af kontoret|"
    r"ikke til stede)",
    r"(?:olen|on) (?:[^\n.]{0,30} )?(?:lomalla|poissa|vuosilomalla|matkoilla|vapaalla)",
    r"(?:estoy|estaré|me encuentro) (?:[^\n.]{0,30} )?(?:fuera|ausente|de vacaciones)",
    r"(?:estou|estarei) (?:[^\n.]{0,30} )?(?:fora|ausente|de férias)",
    r"(?:sono|sarò) (?:[^\n.]{0,30} )?(?:fuori|assente|in ferie)",
    r"(?:ben|ik ben) (?:[^\n.]{0,30} )?(?:afwezig|met vakantie|op vakantie|niet aanwezig|niet op kantoor)",
    r"(?:jestem|będę|przebywam) (?:[^\n.]{0,30} )?(?:nieobecn|na urlopie|poza biurem)",
    r"(?:nie ma mnie|w sprawach pilnych|przebywam na urlopie)",
)
# Somebody has left for good, or the address has.
HAS_QUIT = any_of(
    r"(?:har|jag har|undertecknad har) (?:nu |numera |tyvärr )?(?:slutat|lämnat (?:min|sin) (?:tjänst|"
    r"anställning|befattning)|"
    r"avslutat (?:min|sin) (?:anställning|tjänst)|gått i pension|bytt (?:arbetsgivare|arbete|jobb|"
    r"arbetsplats)|"
    r"lämnat (?:kommunen|myndigheten|företaget|organisationen|regionen|förvaltningen))",
    r"(?:slutar|har slutat|slutade|slutat) (?:[^\n.]{0,20} )?(?:sin anställning|min anställning|"
    r"sin tjänst|min tjänst)",
    r"(?:har )?(?:avslutat|slutat) (?:sin|min) (?:anställning|tjänst)",
    r"(?:arbetar|jobbar|är|finns) (?:inte|ej) (?:längre )?(?:kvar|anställd|längre (?:på|hos|vid|kvar|här|"
    r"i|som|anställd))",
    r"(?:arbetar|jobbar) (?:inte|ej) längre",
    r"(?:är|finns) (?:inte|ej) längre (?:anställd|kvar|verksam|i tjänst)",
    r"(?:no longer|not) (?:be )?(?:with|work(?:s|ing)? (?:at|for|with|here|in)|employed|works?\b|part of|"
    r"an employee|a member of)",
    r"(?:has|have|i've) (?:now )?(?:left|retired|resigned)(?: from)? (?:the |my |our )?(?:company|"
    r"organi[sz]ation|position|"
    r"agency|office|firm|department|service|employment|[A-Z]\w+)",
    r"(?:has|have) retired",
    r"(?:nicht mehr (?:für|bei|im|in)[^\n.]{0,60} (?:tätig|beschäftigt|erreichbar)|ausgeschieden|"
    r"unternehmen verlassen)",
    r"(?:arbejder|jobber|arbeider) ikke (?:længere|lenger)",
    r"ne (?:travaille|fait) plus",
    r"ei ole enää",
    r"(?:är (?:numera |nu )?pensionär|gått vidare till (?:ett )?(?:nytt|nya)|"
    r"min anställning (?:har )?upphör|min sista (?:arbets)?dag (?:var|är))",
    r"(?:adress|brevlåda|postlåda|e-?post|mejl|mail)(?:en|n)? (?:[^\n.]{0,40} )?"
    r"(?:(?:används|bevakas|läses|finns|gäller|är) (?:inte|ej) (?:längre|mer)|har (?:upphört|stängts|"
    r"avvecklats|tagits bort)|är (?:avvecklad|nedlagd|borttagen))",
    r"(?:address|mailbox|account) (?:is|has been) (?:no longer|discontinued|closed|retired)",
)
