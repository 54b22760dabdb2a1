"""The words by which mail servers without a report in fields say that a letter did not arrive."""

from __future__ import annotations

import re

from router.mail.phrases import any_of

# Who a mail server says that it is.
DAEMON = any_of(
    r"mail(?:er)?[-_.]?da?e?mon.{0,20}",
    r"(?:.{0,20}[-_.])?post[-_.]?master.{0,12}",
    r"mdaemon",
    r"mail[-_.]?(?:delivery|system|router|administrator|admin|error|gateway)(?:[-_.].{1,20})?",
    r"(?:mail|system|smtp)[-_.]?(?:delivery|err(?:or)?|bounces?)",
    r"delivery[-_.]?(?:error|failure|status|notification|system).{0,20}",
    r"bounces?",
    r"microsoftexchange[0-9a-f]{16,}",
    r"returned[-_.]?mail",
    r"e?500_smtp_mail_service",
    r"<>",
    before=r"\A",
    after=r"\Z",
)
DAEMON_NAME = any_of(
    r"mail delivery (?:sub)?system.{0,20}",
    r"mail (?:transport|transfer) (?:sub)?system",
    r"mailer[-_ ]daemon",
    r"system ?administrat(?:or|ör)",
    r"system attendant",
    r"microsoft (?:outlook|exchange)",
    r"post ?master.{0,30}",
    r"internet mail delivery",
    r"mail (?:router|administrator|server)",
    r"e-?post(?:system|server|leverans).{0,20}",
    r"mail-?delivery-?service",
    before=r"\A\s*[\"']?",
    after=r"[\"']?\s*\Z",
)

# The subject alone, when a server or nobody has written it; never behind "Re:" or "Fwd:".
SUBJECT = any_of(
    r"undeliver(?:ed|able)\b",
    r"un-?delivered mail",
    r"undelivery",
    r"non[- ]?deliver",
    r"(?:e-?)?mail deliver(?:y|ing) (?:warning|failed|failure|error|problem|status|subsystem|system)",
    r"mail (?:could )?not (?:be )?deliver",
    r"(?:mail|message|e-?mail) (?:you sent )?(?:could not|cannot|was not|not) (?:be )?(?:been )?deliver",
    r"(?:your )?message (?:to .{1,80} )?(?:could not|cannot) be delivered",
    r"message status ?- ?undeliver",
    r"delivery (?:status )?notification ?\(?(?:failure|delay)",
    r"delivery (?:status notification|status|notification)\b",
    r"delivery (?:has )?(?:failed|failure|error|problem|report|unsuccessful|attempt)",
    r"(?:your message|e-?mail|mail|message) (?:delivery )?(?:rejected|failure|refused|bounced|blocked)",
    r"(?:mail|delivery) (?:system )?error",
    r"returned (?:e-?)?mail",
    r"returned? (?:message )?to sender",
    r"failure (?:notice|delivery|notification)",
    r"failed mail",
    r"failed:? delivery",
    r"failed to deliver",
    r"(?:unable|could not) (?:to )?(?:deliver|send) (?:(?:your|the|this) )?(?:e-?)?(?:mail|message)",
    r"address not found",
    r"user unknown",
    r"bounced? (?:mail|message|e-?mail)",
    r"nondeliverable mail",
    r"mail system (?:error|problem)",
    r"permanent delivery failure",
    r"delayed mail",
    r"delivery delayed",
    r"delayed:",
    r"warning: (?:could not send|message .{1,60} delayed|delivery)",
    r"message delayed",
    r"your message.{0,60}(?:delayed|undeliverable)",
    # Swedish, Danish, Norwegian, German, Dutch, French, Italian, Spanish, Portuguese, Polish, Finnish
    r"(?:meddelandet )?(?:kan|kunde) (?:inte|ej) levereras",
    r"(?:det )?(?:gick|går) inte att leverera",
    r"olevererbar",
    r"olevererat",
    r"obeställbar",
    r"ej levererat",
    r"leverans(?:en)? (?:misslyckades|misslyckad|har misslyckats|försenad)",
    r"misslyckad leverans",
    r"leveransfel",
    r"leveransrapport",
    r"försenad leverans",
    r"(?:meddelande|e-?post)(?:et|en)? (?:kunde|kan|har) (?:inte|ej) (?:levererats|levereras)",
    r"retur(?:nerad|nerat) (?:e-?post|mejl|mail|meddelande)",
    r"(?:uanbringelig|kan ikke leveres|ikke leveret|kunne ikke levere)",
    r"(?:unzustellbar|nicht zustellbar|zustellung fehlgeschlagen|zustellfehler|unzustellbare)",
    r"(?:fehler bei der|verzögerte) zustellung",
    r"(?:onbestelbaar|niet bezorgd|bezorging mislukt)",
    r"(?:non remis|non délivrable|échec de (?:la )?(?:remise|livraison|distribution)|non distribuable)",
    r"(?:non recapitabile|mancato recapito|recapito non riuscito|notifica di mancato)",
    r"(?:no se puede entregar|no entregado|error de entrega|devuelto)",
    r"(?:não entregue|não é possível entregar|falha na entrega)",
    r"(?:niedostarczalne|niedostarczon|błąd doręczenia|zwrot)",
    r"(?:ei voitu toimittaa|toimitus epäonnistui|perille toimitt)",
    r".{0,20}(?:系统退信|退信|邮件.{0,6}失败|无法投递|配信不能|配送できません|配信できません|送信できません)",
    r".{0,20}(?:недоставлен|не доставлено|не удалось доставить)",
    before=r"\A\s*(?:\W{0,3}(?:auto|bounce|warning|fel|error|notice|system|postmaster)\W{1,3})?[*\[(<\"'!\s]{0,4}",
)
ANSWERED = re.compile(
    r"\A\s*(?:\[[^\]]{1,40}\]\s*)?(?:re|sv|aw|fwd?|vb|vs|wg|tr|antw|ang)\s*(?:\[\d+\])?\s*:", re.IGNORECASE
)

# What nobody but a mail server writes, near the beginning of the text.
SAID = any_of(
    r"this message was created automatically by (?:the )?mail deliver",
    r"this is (?:the|an?) (?:automatically generated )?(?:[\w.-]{1,40} )?(?:qmail-send|mail delivery agent|"
    r"deliver) program",
    r"hi\. (?:this is the|the mta program)",
    r"this is the (?:mail (?:system|delivery agent)|postfix|email server) (?:program )?at",
    r"this is an? (?:automatically[- ]generated|auto(?:matic|mated)) (?:delivery status|delivery|bounce|"
    r"non-?delivery)",
    r"this is a warning message only",
    r"i'm (?:afraid|sorry)(?: to have to inform you)? (?:i wasn't able to deliver|that your message)",
    r"the original message was received (?:at|on)",
    r"transcript of session follows",
    r"a message (?:\([^)]{1,80}\) )?that you (?:have )?sent (?:to .{1,80} )?(?:could not be|"
    r"has not (?:yet )?been|"
    r"was (?:rejected|not))",
    r"your (?:e-?mail |mail )?(?:message|mail|e-?mail|letter) (?:[^\n]{0,160}\s)?"
    r"(?:(?:could not|cannot|can't|couldn't|has not|was not|wasn't|did not|can not)(?: yet)? (?:be |been )?"
    r"(?:deliver|reach)|was undeliver|is undeliver|has been (?:rejected|delayed|refused|blocked|returned)|"
    r"was (?:automatically )?(?:rejected|blocked|refused|returned)|did not reach|encountered delivery)",
    r"(?:could not|cannot|unable to|failed to|couldn't|not able to|wasn't able to|"
    r"were unable to) deliver (?:your|the|"
    r"this|an?)? ?(?:e-?mail|message|mail|following|attached)",
    r"(?:the )?message (?:could not|cannot|was not|has not been|couldn't) (?:be )?deliver",
    r"(?:mail|e-?mail) (?:below |message )?(?:could not|cannot|was not) be deliver",
    r"deli?v?e?ry (?:to the following|to these|has failed|failed|attempts? (?:has |have )?failed|"
    r"incomplete)",
    r"(?:the )?following (?:address(?:es)?|recipient(?:s|\(s\))?|user(?:s|\(s\))?|destination)[^\n]{0,40} "
    r"(?:had (?:permanent|transient|fatal|delivery)|failed|could not|cannot|did not|were not|was not|has|"
    r"have)",
    r"did not reach the following recipient",
    r"wasn't able to deliver the following",
    r"(?:undelivered|undeliverable|returned) (?:mail|message) (?:returned|follows|to)",
    r"message (?:undeliverable|not delivered|undelivered)",
    r"the (?:e-?mail |mail )?(?:account|address|user|mailbox|"
    r"recipient)(?: that)? (?:you (?:tried to reach|entered|sent to) )"
    r"?[^\n]{0,80}(?:does not exist|doesn't exist|couldn't be found|could not be found|wasn't found|"
    r"is disabled|is full)",
    r"(?:no such user|user unknown|unknown user|unknown recipient|mailbox (?:is )?full|over quota|"
    r"quota exceeded|"
    r"unrouteable address|mailbox unavailable|invalid recipient|recipient unknown|host unknown)",
    r"(?:remote|smtp) (?:host|server|system|error)[^\n]{0,60}(?:said|replied|rejected|responded|returned)",
    r"(?:5\d\d[ -]5\.\d\.\d|#5\.\d\.\d|\(5\.\d\.\d\))",
    r"has not (?:yet )?been (?:collected|delivered)",
    r"was not delivered to",
    r"failed (?:recipient|address)e?s?(?: follow)?",
    r"(?:undeliverable|undelivered) (?:address|to)",
    r"has encountered delivery problems",
    r"(?:has been|was) postponed due to",
    r"(?:not a|no|isn't a) valid (?:user|recipient|address|mailbox|account)",
    r"(?:delivery failure|non-?delivery|delivery error) (?:notification|report|message)",
    r"(?:无法投递|无法送达|配信できません|送信できません|не удалось доставить|не может быть доставлено)",
    # Swedish
    r"det gick inte att leverera",
    r"leverans(?:en)? till (?:följande|dessa|[^\n]{1,80}) (?:mottagare|adress|grupp)[^\n]{0,60}misslyck",
    r"leverans(?:en)? (?:till [^\n]{1,100} )?(?:har )?misslyck",
    r"(?:kunde|kan|har) (?:inte|ej|ännu inte) (?:kunnat )?(?:levereras|levererats|leverera|nå|nås|"
    r"skickas vidare)",
    r"(?:nådde|når) (?:inte|ej) (?:följande|fram till|vissa eller alla|någon|en eller flera|mottagar)",
    r"(?:mottagaren|mottagarens (?:e-?post)?adress|adressen|e-?postadressen|brevlådan|"
    r"postlådan)[^\n]{0,60} "
    r"(?:hittades inte|finns inte|är okänd|existerar inte|är full|är inte giltig|kunde inte hittas|"
    r"är spärrad)",
    r"(?:okänd mottagare|ogiltig mottagare|okänd användare|mottagaren är okänd)",
    r"meddelandet (?:har )?(?:avvisa|försen|returner)",
    r"(?:ditt|detta|ert) (?:meddelande|brev|mejl|mail)[^\n]{0,80} (?:avvisades|har avvisats|är försenat|"
    r"har fördröjts|gick inte att leverera|har inte levererats|returneras|har inte nått)",
    # Danish and Norwegian, German, Dutch, French, Italian, Spanish, Portuguese, Polish, Finnish
    r"(?:kunne|kan) ikke (?:leveres|levere)",
    r"(?:konnte|kann|können|konnten) (?:leider )?(?:[^\n]{0,80} )?nicht (?:zugestellt|ausgeliefert|"
    r"übermittelt)",
    r"(?:zustellung[^\n]{0,80}(?:fehlgeschlagen|nicht möglich)|unzustellbar)",
    r"nicht zugestellt werden",
    r"(?:kon|kan) niet (?:worden )?(?:be|af)(?:zorgd|geleverd)",
    r"(?:n'a pas pu être|n'a pu être|impossible de (?:remettre|délivrer)|échec de la remise|"
    r"n'a pas été remis)",
    r"(?:impossibile recapitare|non è stato (?:possibile )?(?:recapita|consegna)|non raggiungibil)",
    r"(?:no se pud[oe] entregar|no pud[oe] (?:ser )?entreg|no se ha podido entregar|no ha podido ser)",
    r"(?:não (?:pôde|pode|foi possível|foi) (?:ser )?entreg|falha ao entregar)",
    r"(?:nie (?:może|mogła|mogło|udało się|został[ao]?) (?:być |zostać )?d(?:ostarcz|oręcz))",
    r"(?:ei voitu toimittaa|ei voida toimittaa|epäonnistui)",
)
# Said by a server even when nothing else shows that one wrote.
SAID_FIRST = any_of(
    r"this message was created automatically by (?:the )?mail deliver",
    r"hi\. this is the qmail-send program",
    r"this is the mail system at host",
    r"----- the following addresses had permanent",
    r"your message could not be delivered to",
    r"ditt meddelande kunde inte levereras till",
    r"votre message n'a pas pu [eê]tre d[eé]livr[eé]",
    r"delivery to the following recipients? failed",
    r"leverans till följande mottagare",
    r"your message (?:to [^\n]{1,80} )?did not reach (?:some or all of )?the (?:intended|following)",
    r"ditt meddelande nådde inte (?:vissa eller alla|följande)",
    before=r"\A\W{0,200}",
)
LATE = any_of(
    r"delay(?:ed)?\b",
    r"warning: (?:could not send|message)",
    r"this is a warning message only",
    r"you do not need to resend",
    r"(?:will (?:be|continue|keep) (?:retr|try|re-?tri|attempt)|still (?:trying|being retried|attempting))",
    r"has not (?:yet )?been (?:delivered|collected) (?:yet|after)",
    r"not yet been delivered",
    r"deferred",
    r"postponed",
    r"(?:delivery )?attempts will continue",
    r"do not resend",
    r"(?:försenad|försenat|fördröjts|ännu inte|fler försök|nya försök (?:att|kommer)|"
    r"fortsätter att försöka)",
    r"(?:verzögert|zustellversuche werden|nicht erneut senden)",
)
GIVEN_UP = any_of(
    r"returned mail",
    r"cannot send (?:message|mail)",
    r"given up",
    r"giving up",
    r"permanent",
    r"fatal",
    r"not (?:be )?retr(?:y|ied)",
    r"too (?:old|long)",
    r"time-?out exceeded",
    r"expired",
    r"gett upp",
    r"ges upp",
    r"slutgiltig",
)
# Where the letter that came back begins, in a text that has it in it.
COPY = any_of(
    r"^[-=_ ]{3,}[^\n]{0,60}(?:original|copy|unsent|returned|message (?:header|text|follow)|undelivered|"
    r"ursprungliga?|kopia|header)[^\n]{0,80}$",
    r"^(?:-+ ?)?(?:the )?original message (?:headers? )?(?:follows|attached|details)[^\n]{0,40}$",
    r"^(?:ursprungliga meddelandehuvuden|original message headers):?[ \t]*$",
    r"^(?:old message|message headers? follows?|message text follows):?[^\n]{0,20}$",
    r"^[ \t]*(?:(?:this is|below is|included is|here is)[^\n]{0,40} (?:a )?copy of (?:the|your) [^\n]{0,60})$",
    r"^(?:följande är|här följer|nedan följer)[^\n]{0,80}$",
)
COPY = re.compile(COPY.pattern, re.IGNORECASE | re.MULTILINE)
