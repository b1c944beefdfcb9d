"""The standard words of CBV 2.0 (sections 7 and 8) and of the GS1 Web Vocabulary that EPCIS uses, in their three dresses.

In JSON a standard word stands bare (``shipping``), in XML as a URN (``urn:epcglobal:cbv:bizstep:shipping``), and either may
have it as a web address or a compact one (``cbv:BizStep-shipping``). Here all of them are one word. A word that is not
standard is a URI of its maker's and stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CBV = "https://ref.gs1.org/cbv/"
GS1 = "https://gs1.org/voc/"
EPCIS = "https://ref.gs1.org/epcis/"

_WORD = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One list of standard words. `web` stands before a word in its web address, `urn` in its URN ("" where it has none).

    `closed` is False where the list grows outside of CBV, so that an unknown word may be newer than this program.
    """

    what: str
    web: str
    urn: str
    words: frozenset[str]
    closed: bool = True

    def bare(self, text: str) -> str:
        """The word behind any of its dresses; the text itself where it is none of this list.

        A word that an open list may have got since is compact (``gs1:NewWord``), as JSON writes it.
        """
        for prefix in (self.urn, self.web, *self._short()):
            if prefix and text.startswith(prefix):
                word = text[len(prefix) :]
                if word in self.words:
                    return word
                if not self.closed and _WORD.fullmatch(word):
                    return "gs1:" + word
        return text

    def address(self, text: str) -> str:
        """The web address of a bare word of this list, of an open list that of any word; any other text as it is."""
        known = text in self.words or not (self.closed or _WORD.fullmatch(text) is None)
        return self.web + text if known else text

    def invented(self, text: str) -> bool:
        """Whether a text claims to be a standard word and is none."""
        for prefix in (self.urn, self.web, *self._short()):
            if prefix and prefix != GS1 and prefix != "gs1:" and text.startswith(prefix):
                return text[len(prefix) :] not in self.words
        return False

    def _short(self) -> tuple[str, ...]:
        if self.web.startswith(CBV):
            return ("cbv:" + self.web[len(CBV) :],)
        return ("gs1:", "https://ref.gs1.org/voc/")


def _vocabulary(what: str, web: str, urn: str, words: str, closed: bool = True) -> Vocabulary:
    return Vocabulary(what, web, urn, frozenset(words.split()), closed)


BIZ_STEP = _vocabulary(
    "business step",
    CBV + "BizStep-",
    "urn:epcglobal:cbv:bizstep:",
    """accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting decommissioning
    departing destroying disassembling dispensing encoding entering_exiting holding inspecting installing killing loading other
    packing picking receiving removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting shipping
    staging_outbound stock_taking stocking storing transporting unloading unpacking void_shipping""",
)
DISPOSITION = _vocabulary(
    "disposition",
    CBV + "Disp-",
    "urn:epcglobal:cbv:disp:",
    """active available completeness_inferred completeness_verified conformant container_closed container_open damaged destroyed
    dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance mismatch_quantity
    needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold
    returned sellable_accessible sellable_not_accessible stolen unavailable unknown""",
)
BIZ_TRANSACTION = _vocabulary(
    "business transaction type",
    CBV + "BTT-",
    "urn:epcglobal:cbv:btt:",
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt",
)
PARTY = _vocabulary(
    "source or destination type", CBV + "SDT-", "urn:epcglobal:cbv:sdt:", "location owning_party possessing_party"
)
ERROR = _vocabulary("error reason", CBV + "ER-", "urn:epcglobal:cbv:er:", "did_not_occur incorrect_data")
COMPONENT = _vocabulary(
    "component",
    CBV + "Comp-",
    "",
    """altitude axial_distance azimuth easting elevation_angle height latitude longitude northing polar_angle spherical_radius
    x y z""",
)
ALERT = _vocabulary("sensor alert", GS1, "", "ALARM_CONDITION ERROR_CONDITION")
MEASUREMENT = _vocabulary(
    "measurement type",
    GS1,
    "",
    """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance AmountOfSubstancePerUnitVolume Angle
    AngularAcceleration AngularMomentum AngularVelocity Area Capacitance Conductance Conductivity Count Density Dimensionless
    DoseEquivalent DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength
    Energy Exposure Force Frequency Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance
    LuminousFlux LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
    MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity
    Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension
    Temperature
    Time Torque Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber""",
    closed=False,
)

_URNS = {v.urn: v.web for v in (BIZ_STEP, DISPOSITION, BIZ_TRANSACTION, PARTY, ERROR)}


def web_address(text: str) -> str:
    """The web address in place of a vocabulary URN (CBV 2.0 section 8.9, rule 14); any other text as it is."""
    if text.startswith("urn:epcglobal:cbv:"):
        for urn, web in _URNS.items():
            if text.startswith(urn):
                return web + text[len(urn) :]
    return text
