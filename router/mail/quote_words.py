"""The words by which mail programs say whose words follow, and by which programs sign for people."""

from __future__ import annotations

import re

# What our own letters may have above everything that is quoted of them.
ABOVE = re.compile(
    r"^[ \t>*#_=-]*(?:svara|skriv(?: ditt svar)?|please (?:reply|type your reply)|reply|write) "
    r"(?:ovanför|above) (?:den här |denna |this )?(?:raden|line)\b[^\n]{0,80}$",
    re.IGNORECASE,
)
# A bar with words in it, above the headers of what is answered.
BAR = re.compile(
    r"^[ \t>]*(?:[-_=*]{2,}[ \t]*)(?:ursprungligt meddelande|originalmeddelande|original[ -]?message|"
    r"originalnachricht|"
    r"ursprüngliche nachricht|oprindelig meddelelse|original meddelelse|opprinnelig melding|"
    r"opprindelig melding|"
    r"message d'origine|message original|oorspronkelijk bericht|alkuperäinen viesti|mensaje original|"
    r"messaggio originale|wiadomość oryginalna|mensagem original|svar på meddelande|reply message|"
    r"original appointment|ursprunglig avtalad tid)[ \t]*[-_=*]{2,}[ \t]*$",
    re.IGNORECASE,
)
# Handed on: what follows is what the sender wants to have read.
HANDED_ON = re.compile(
    r"^[ \t>]*[-_=*]{2,}[ \t]*(?:vidarebefordra[td]\w*(?: meddelande| brev| mejl| mail)?|"
    r"(?:början på )?vidarebefordrat meddelande|forwarded (?:message|by)[^\n]{0,80}|"
    r"(?:weitergeleitete nachricht|videresendt meddelelse|videresendt melding|message transféré|"
    r"doorgestuurd bericht|välitetty viesti))[ \t]*[-_=*]{0,40}[ \t]*$"
    r"|^[ \t>]*(?:begin forwarded message|påbörja vidarebefordrat brev|vidarebefordrat brev|"
    r"början av vidarebefordrat meddelande|början på vidarebefordrat meddelande)[ \t]*:[ \t]*$",
    re.IGNORECASE,
)
# The headers that Outlook and others write above what is answered: the first, and those that may follow.
_NAME = r"^[ \t>|]*[*_]{0,2}[ \t]*"
FROM = re.compile(
    _NAME
    + r"(?:från|from|von|fra|de|van|lähettäjä|da|od|avsändare)[ \t]*[*_]{0,2}[ \t]*:[*_]{0,2}[ \t\xa0]*\S",
    re.IGNORECASE,
)
FOLLOWING = re.compile(
    _NAME
    + r"(?:skickat|skickades|sent|gesendet|sendt|envoyé|verzonden|lähetetty|date|datum|dato|päivämäärä|fecha|enviado|"
    r"inviato|till|to|an|til|à|aan|vastaanottaja|para|kopia|cc|kopi|ämne|ärende|subject|betreff|emne|"
    r"objet|onderwerp|"
    r"aihe|asunto|oggetto|svara till|reply-to|prioritet|importance|organisation|organization|"
    r"bifogade filer|"
    r"attachments?)[ \t]*[*_]{0,2}[ \t]*:",
    re.IGNORECASE,
)
OF_MAIL = re.compile(
    _NAME
    + r"(?:skickat|sent|gesendet|sendt|envoyé|verzonden|lähetetty|enviado|inviato|ämne|ärende|subject|betreff|emne|"
    r"objet|onderwerp|aihe|asunto|oggetto)[ \t]*[*_]{0,2}[ \t]*:",
    re.IGNORECASE,
)
# One line, however many it was broken into, that says who wrote what follows, and when.
WROTE = re.compile(
    r"^[ \t>*]*(?:"
    # Den tors 20 nov. 2025 kl 10:03 skrev Anna <anna@example.org>:
    r"(?:(?:den|på|on|am|le|el|op|il|w dniu|dnia|em|to|ma|ti|ke|pe|la|su|man|tir|ons|tor|tors|fre|lör|sön|"
    r"mån|tis|tue|wed|"
    r"thu|fri|sat|sun|mon|\d{1,4})\b[^\n]{0,240}?)?"
    r"\b(?:skrev|wrote|writes|schrieb|a écrit|escribió|schreef|ha scritto|napisał(?:\(a\))?|escreveu|"
    r"kirjoitti|skriver|"
    r"har skrivit)\b"
    r"[^\n]{0,240}:[ \t]*$"
    # Anna Andersson <anna@example.org> skrev den 2025-11-20 10:03:
    r"|[^\n]{1,120}(?:\bskrev|\bwrote|\bschrieb|\ba écrit|\bkirjoitti)\b[^\n]{0,120}:[ \t]*$"
    r")",
    re.IGNORECASE,
)
# Something in such a line that a person who tells of a letter seldom writes.
WHEN = re.compile(r"\b\d{1,2}[:.]\d{2}\b|<[^<>\s]{1,200}@[^<>\s]{1,200}>|\bmailto:|\S@\S", re.IGNORECASE)
# Directly above marked lines: "Anna Andersson" anna@example.org – 20 november 2025 10:03
TOLD = re.compile(r"^[^\n]{0,120}\S@\S[^\n]{0,120}\b\d{1,2}[:.]\d{2}\b[^\n]{0,20}$")
# Notes puts each header of what is answered on a line of its own, below whose it is and when.
CLOCK = re.compile(r"^[ \t]*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[ T,]{1,3}\d{1,2}[:.]\d{2}")
NOTES = frozenset({"to", "till", "subject", "ärende", "ämne", "an", "thema", "betreff"})
# GroupWise: >>> Anna Andersson 2025-11-20 10:03 >>>
GROUPWISE = re.compile(r"^>>>[ \t][^\n]{3,200}?(?:\d{2}[:.]\d{2}|@|\d{4})[^\n]{0,80}(?:>>>)?[ \t]*$")
QUOTED = re.compile(r"^[ \t]{0,3}(?:>|\|[ \t])")
LINE = re.compile(r"^[ \t]*[_=-]{5,}[ \t]*$")
SIGNATURE = re.compile(r"^-- ?\r?$")
# What a telephone or a program says of itself at the end.
SENT_FROM = re.compile(
    r"^[ \t>*]*[\[(]?(?:skickat från|skickad från|skickat med|sänt från|sent from|sent with|sent using|"
    r"get outlook for|"
    r"hämta outlook för|skaffa outlook för|gesendet von|von meinem [^\n]{2,20} gesendet|sendt fra|"
    r"hent outlook|"
    r"envoyé de(?:puis)?|enviado desde|inviato da|verzonden v(?:anaf|an)|verstuurd vanaf|lähetetty|"
    r"hanki outlook|"
    r"obtener outlook|télécharger outlook|outlook för (?:ios|android)|outlook for (?:ios|"
    r"android))\b[^\n]{0,120}$",
    re.IGNORECASE,
)
