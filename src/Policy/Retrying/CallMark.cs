namespace Mesh.Policy.Retrying;

/// <summary>What is known of a call besides what it says itself.</summary>
[Flags]
public enum CallMark
{
    /// <summary>It came in as another attempt of its caller's.</summary>
    IsRepeat = 1,

    /// <summary>What the app has called for it has been tried as often as it may be.</summary>
    IsTriedEnough = 2,
}
