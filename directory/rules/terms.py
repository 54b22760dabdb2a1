"""Words that have a fixed set of values in the directory."""

from __future__ import annotations

from enum import StrEnum


class PartyKind(StrEnum):
    AGENCY = "agency"
    MUNICIPALITY = "municipality"
    REGION = "region"
    ASSOCIATION = "association"


class EntryPointKind(StrEnum):
    AUTHORITY_ENTRANCE = "authority_entrance"
    FUNCTIONAL_MAILBOX = "functional_mailbox"
    REHAB_COORDINATOR = "rehab_coordinator"
    MUNICIPAL_LIAISON = "municipal_liaison"
    PREPARATORY_GROUP = "preparatory_group"
    DIRECT_CONTACT = "direct_contact"
    LIAISON = "liaison"
    SWITCHBOARD = "switchboard"


class EntryPointStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"


class ChannelKind(StrEnum):
    SDK = "sdk"
    EMAIL = "email"
    PHONE = "phone"
    WEB_FORM = "web_form"
    VISIT = "visit"


class Role(StrEnum):
    CASEWORKER = "caseworker"
    KEEPER = "keeper"
    OWNER = "owner"
    PARTY_ADMINISTRATOR = "party_administrator"
    ADMINISTRATOR = "administrator"


class AssessmentStatus(StrEnum):
    STRUCTURED = "structured"
    PARTIAL = "partial"
    PERSON_BOUND = "person_bound"
    MISSING = "missing"
